import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Store } from '@cyberstroll/store';
import { upTo } from '@cyberstroll/testkit';
import { type CleanUpDeps, createCleanUpSweep } from '../src/sweeps/clean-up';
import { type Fixture, logger, setup } from './setup';

let fixture: Fixture;
let archiveDir: string;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());
beforeEach(() => {
  archiveDir = mkdtempSync(join(tmpdir(), 'archive-'));
});
afterEach(() => rmSync(archiveDir, { recursive: true, force: true }));

const DONE = 5;

const SCAN_RESULT = {
  open_ports: [],
  services: [],
  response_time: 0,
  findings: [{ id: 'a', kind: 'cve', title: 'found' }],
};

/** A settled task, usually of 16 addresses, some of them scanned. */
async function endedTask(targets = '127.0.0.0/28'): Promise<string> {
  const taskId = await fixture.createTask(targets);
  await fixture.report(taskId, upTo(DONE), { status: 'COMPLETED', scan_result: SCAN_RESULT });
  await fixture.store.tasks.calculateTaskProgress(taskId);
  await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
  expect(await fixture.store.tasks.settleTasks([taskId])).toHaveLength(1);
  // A task is not deleted before the inventory has its scans.
  while (await fixture.store.inventory.followOnce());
  return taskId;
}

const cleanUp = (changes: Partial<CleanUpDeps> = {}) =>
  createCleanUpSweep({
    store: fixture.store,
    realtime: fixture.realtime,
    logger,
    instance: 'scheduler/1',
    archiveDir,
    leadership: { isLeader: async () => true },
    expireDays: 30,
    intervalMs: 3_600_000,
    ...changes,
  });
const request = (taskId: string) => fixture.store.cleanUp.request([taskId], 'otto', new Date());
const isThere = (taskId: string) =>
  fixture.store.tasks.getTask(taskId).then(
    () => true,
    () => false,
  );

/** A store with a clean-up that does something else at one of its steps. */
const storeWith = (steps: Partial<Store['cleanUp']>): Store => ({
  ...fixture.store,
  cleanUp: { ...fixture.store.cleanUp, ...steps },
});

function readArchive(taskId: string) {
  const text = gunzipSync(readFileSync(join(archiveDir, `${taskId}.ndjson.gz`))).toString();
  expect(text.endsWith('\n')).toBe(true);
  const [task, ...others] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { task, subTasks: others.slice(0, DONE), findings: others.slice(DONE) };
}

function expectWhole(taskId: string) {
  const { task, subTasks, findings } = readArchive(taskId);
  expect(task).toMatchObject({ task_id: taskId, status: 'CANCELLED', progress: { completed_count: DONE } });
  expect(task.target_segments).toHaveLength(1);
  expect(subTasks.map(({ index, status }) => [index, status])).toEqual(upTo(DONE).map((i) => [i, 'COMPLETED']));
  expect(findings.map(({ finding_id }) => finding_id)).toEqual(upTo(DONE).map(() => 'a'));
  expect(readdirSync(archiveDir)).toEqual([`${taskId}.ndjson.gz`]);
}

it('deletes expired tasks, and at the next pass the tasks that an operator asked for', async () => {
  const first = await endedTask();
  const open = await fixture.createTask('127.0.1.0/30');
  const { sweepOnce } = cleanUp({ archiveDir: undefined });
  const now = new Date();
  const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
  expect(await sweepOnce(inDays(29))).toBeUndefined();
  // The task, its targets, its counters, its chunk, five subtasks, a finding of each.
  expect(await sweepOnce(inDays(31))).toEqual({ tasks: 1, documents: 2 * DONE + 4 });
  expect((await fixture.store.findings.findPage({ task_id: first, limit: 1 })).items).toEqual([]);
  expect(await isThere(first)).toBe(false);

  const second = await endedTask();
  await fixture.realtime.publishProgress((await fixture.store.tasks.getStanding(second)).snapshot);
  expect(await fixture.realtime.findProgress(second)).toBeDefined();
  expect(await sweepOnce(inDays(31))).toBeUndefined();
  await request(second);
  expect(await sweepOnce(inDays(31))).toMatchObject({ tasks: 1 });
  expect(await fixture.realtime.findProgress(second)).toBeUndefined();
  expect([await isThere(second), await isThere(open)]).toEqual([false, true]);
});

it('deletes large tasks beside the others, which do not wait for them', async () => {
  const [large, small] = [await endedTask('127.0.0.0/15'), await endedTask()];
  for (const taskId of [large, small]) await request(taskId);
  expect(await cleanUp().sweepOnce(new Date())).toMatchObject({ tasks: 1 });
  expect([await isThere(large), await isThere(small)]).toEqual([true, false]);
  expect(await cleanUp({ isLarge: true }).sweepOnce(new Date())).toMatchObject({ tasks: 1 });
  expect(await isThere(large)).toBe(false);
});

it('archives the task and its subtasks first', async () => {
  const taskId = await endedTask();
  await request(taskId);
  expect(await cleanUp().sweepOnce(new Date())).toMatchObject({ tasks: 1 });
  expectWhole(taskId);
  expect(await isThere(taskId)).toBe(false);
});

it('continues a deletion after a crash, and leaves the archive as it is', async () => {
  const taskId = await endedTask();
  await request(taskId);
  let step = 0;
  const deleteSome: Store['cleanUp']['deleteSome'] = (...args) => {
    if (step++ === 1) throw new Error('crash');
    return fixture.store.cleanUp.deleteSome(...args);
  };
  await expect(cleanUp({ store: storeWith({ deleteSome }) }).sweepOnce(new Date())).rejects.toThrow(taskId);
  expect(await fixture.store.cleanUp.findTouched(taskId, 0, 16)).toEqual([]);
  expect(await cleanUp().sweepOnce(new Date())).toMatchObject({ tasks: 1 });
  expectWhole(taskId);
});

it('after a crash between archive and deletion does both again', async () => {
  const taskId = await endedTask();
  await request(taskId);
  const beginDeletion = () => Promise.reject(new Error('crash'));
  await expect(cleanUp({ store: storeWith({ beginDeletion }) }).sweepOnce(new Date())).rejects.toThrow(taskId);
  expectWhole(taskId);
  expect(await isThere(taskId)).toBe(true);
  expect(await cleanUp().sweepOnce(new Date())).toMatchObject({ tasks: 1 });
  expectWhole(taskId);
});

it('an archive of a task that another replica already deletes does not replace the whole archive', async () => {
  const taskId = await endedTask();
  await request(taskId);
  const findTouched: Store['cleanUp']['findTouched'] = async (...args) => {
    expect(await cleanUp({ instance: 'scheduler/2' }).sweepOnce(new Date())).toMatchObject({ tasks: 1 });
    return fixture.store.cleanUp.findTouched(...args);
  };
  expect(await cleanUp({ store: storeWith({ findTouched }) }).sweepOnce(new Date())).toMatchObject({ tasks: 0 });
  expectWhole(taskId);
});

it('keeps a task that cannot be archived, and waits before it tries again', async () => {
  const taskId = await endedTask();
  await request(taskId);
  const directory = join(archiveDir, 'not-mounted');
  const { sweepOnce } = cleanUp({ archiveDir: directory });
  const now = Date.now();
  await expect(sweepOnce(new Date(now))).rejects.toThrow(taskId);
  expect(await sweepOnce(new Date(now + 59_000))).toBeUndefined();
  await expect(sweepOnce(new Date(now + 60_000))).rejects.toThrow(taskId);
  expect(await isThere(taskId)).toBe(true);
  expect(await cleanUp().sweepOnce(new Date())).toMatchObject({ tasks: 1 });
});

it.each(['its service stops', 'another replica leads'])('ends a pass at the next step when %s', async (reason) => {
  const taskId = await endedTask();
  await request(taskId);
  let isLeader = true;
  const { sweepOnce, component } = cleanUp({
    leadership: { isLeader: async () => isLeader },
    store: storeWith({
      async findTouched(...args) {
        if (reason === 'its service stops') await component.stop();
        else isLeader = false;
        return fixture.store.cleanUp.findTouched(...args);
      },
    }),
  });
  await component.start();
  expect(await sweepOnce(new Date())).toMatchObject({ tasks: 0 });
  expect(await fixture.store.cleanUp.findRequested(10)).toMatchObject([{ task_id: taskId }]);
  await cleanUp().sweepOnce(new Date());
  expectWhole(taskId);
});
