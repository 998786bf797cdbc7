import { type Api, toProblemOf } from './api-client';
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

  it('* matches any version; anything else but an ETag is refused', async () => {
    const id = await context.runningTask(['SCANNING']);
    expect((await command(id, 'pause', '*')).status).toBe(200);
    for (const tag of ['7', 'W/"7"', '"a"', '"1", "2"']) {
      expect(toProblemOf(await command(id, 'resume', tag), 400, 'invalid_header').field).toBe('If-Match');
    }
  });
});
