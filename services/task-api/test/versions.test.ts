import { createTestStore, toUpdate } from '@cyberstroll/testkit';
import { type Api, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let context: Fixture;
let api: Api;
beforeAll(async () => {
  context = await setup();
  api = context.api;
});
afterAll(() => context?.cleanup());

const command = (id: string, name: string, etag: string) =>
  api('POST', `/api/tasks/${id}/${name}`, { headers: { 'if-match': etag } });
const readTag = async (path: string) => (await api('GET', path)).headers.get('etag')!;

describe('If-Match', () => {
  it('lets a command pass if nobody changed the state since, and else changes nothing', async () => {
    const id = await context.runningTask(['SCANNING']);
    const seen = await readTag(`/api/tasks/${id}`);
    expect(await readTag(`/api/tasks/${id}/status`)).toBe(seen);
    const paused = await command(id, 'pause', seen);
    expect(paused.body).toMatchObject({ status: 'PAUSED', changed: true });
    for (const name of ['resume', 'cancel', 'pause', 'retry']) {
      toProblemOf(await command(id, name, seen), 412, 'version_changed');
    }
    expect((await command(id, 'resume', paused.headers.get('etag')!)).body).toMatchObject({ status: 'RUNNING' });
  });

  it('of 20 commands at once with the same ETag, one is carried out', async () => {
    const id = await context.runningTask(['SCANNING']);
    const seen = await readTag(`/api/tasks/${id}`);
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => (await command(id, i % 2 ? 'pause' : 'cancel', seen)).status),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(19);
  });

  it('allows a retry of what failed once per version', async () => {
    const id = await context.runningTask(['FAILED', 'SCANNING']);
    const seen = await readTag(`/api/tasks/${id}`);
    const statuses = await Promise.all([1, 2, 3].map(async () => (await command(id, 'retry', seen)).status));
    expect(statuses.sort()).toEqual([200, 412, 412]);
  });

  it('passes where services alone have written: updaters that start, and a retry that is carried out', async () => {
    const { store, testbed } = context;
    const id = await context.runningTask(['FAILED', 'SCANNING']);
    await api('POST', `/api/tasks/${id}/retry`);
    const seen = await readTag(`/api/tasks/${id}`);
    // The first one has counted for the task before.
    for (const [place, instance] of ['test', 'another'].entries()) {
      const { subTasks } = await testbed.start(createTestStore(testbed, instance));
      const sender = { node_id: 'node-1', instance_id: 'node-1-a' };
      await subTasks.batchUpdateSubTasks([{ sender, update: toUpdate(id, 2 + place) }]);
    }
    const request = (await store.tasks.findRetryAll(100)).find(({ task_id }) => task_id === id)!;
    await store.tasks.endRetryAll(id, request.retry_all.requested_time);

    for (const path of [`/api/tasks/${id}`, `/api/tasks/${id}/status`]) expect(await readTag(path)).toBe(seen);
    const dryRun = { headers: { 'if-match': seen }, body: { dry_run: true } };
    expect((await api('POST', `/api/tasks/${id}/retry`, dryRun)).body).toMatchObject({ retried: 1 });
    const paused = await command(id, 'pause', seen);
    const cancelled = await command(id, 'cancel', paused.headers.get('etag')!);
    expect(cancelled.body).toMatchObject({ status: 'CANCELLED', changed: true });
    const admin = { key: KEYS.admin, headers: { 'if-match': cancelled.headers.get('etag')! } };
    expect((await api('DELETE', `/api/tasks/${id}?reason=done`, admin)).status).toBe(202);
  });

  it('* matches any version; anything else but an ETag is refused', async () => {
    const id = await context.runningTask(['SCANNING']);
    expect((await command(id, 'pause', '*')).status).toBe(200);
    for (const tag of ['7', 'W/"7"', '"a"', '"1", "2"']) {
      expect(toProblemOf(await command(id, 'resume', tag), 400, 'invalid_header').field).toBe('If-Match');
    }
  });
});
