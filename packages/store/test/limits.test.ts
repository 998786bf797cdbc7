import type { Store } from '../src';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup, unsentTask } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

async function useOf(taskId: string, now?: Date) {
  const config = { pool: 'default', max_concurrent: 1 };
  return (await fixture.store.limits.findStanding([{ task_id: taskId, config }], now))[0]!.use;
}
const apply = (...updates: ReturnType<typeof report>[]) => fixture.store.subTasks.batchUpdateSubTasks(updates);

it('counts against a limit what was sent out and is not closed, and what of it has not started', async () => {
  const { store } = fixture;
  const taskId = await queuedTask(store, '127.0.0.0/27', { retry_delay: 0 });
  const sent = 16;
  await store.chunks.openChunk({ task_id: taskId, first_index: 0, count: sent, now: new Date() });
  await store.chunks.advanceCursor(taskId, 0, sent);
  expect(await useOf(taskId)).toEqual({ outstanding: sent, not_begun: sent });

  await apply(
    report(claimOf(taskId, 0), 'ASSIGNED'),
    report(claimOf(taskId, 1), 'SCANNING'),
    report(claimOf(taskId, 2), 'COMPLETED'),
    report(claimOf(taskId, 3), 'FAILED', failure('INTERNAL_ERROR')),
  );
  // The retry is not sent.
  expect(await useOf(taskId)).toEqual({ outstanding: sent - 2, not_begun: sent - 3 });
  await store.subTasks.markRetriesSent([`${taskId}-3`], new Date(Date.now() + 60_000));
  expect(await useOf(taskId)).toEqual({ outstanding: sent - 1, not_begun: sent - 2 });
  // Who claims a retry holds it, though it stays RETRYING.
  const again = claimOf(taskId, 3, 2);
  await apply(report(again, 'ASSIGNED'));
  expect(await useOf(taskId)).toEqual({ outstanding: sent - 1, not_begun: sent - 2 });
  await apply(report(again, 'SCANNING'));
  expect(await useOf(taskId)).toEqual({ outstanding: sent - 1, not_begun: sent - 3 });

  // For a moment nodes may not know of the pause.
  await store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
  await store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
  expect(await useOf(taskId)).toEqual({ outstanding: sent - 1, not_begun: sent - 3 });
});

it('counts what a sender has written down and may have sent before it died', async () => {
  const { store } = fixture;
  const taskId = await queuedTask(store, '127.0.1.0/27');
  const before = (await useOf(taskId)).outstanding;
  await store.chunks.openChunk({ task_id: taskId, first_index: 100, count: 7, now: new Date() });
  expect((await useOf(taskId)).outstanding).toBe(before + 7);
});

it('does not take for done what an exclusion has cancelled before it was sent', async () => {
  const { store } = fixture;
  const taskId = await queuedTask(store, '127.0.2.0/27');
  await store.chunks.openChunk({ task_id: taskId, first_index: 0, count: 8, now: new Date() });
  await store.chunks.advanceCursor(taskId, 0, 8);
  const cancelled = [7, 8, 9, 20].map((index) => ({
    sender: { operator: 'retry-scheduler' },
    update: { task_id: taskId, subtask_id: `${taskId}-${index}`, attempt: 1, status: 'CANCELLED' as const },
  }));
  await store.subTasks.batchUpdateSubTasks(cancelled);
  expect((await useOf(taskId)).outstanding).toBe(7);
});

describe.each([
  ['paused', '127.0.3.0/28', (store: Store, taskId: string) => store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test')],
  [
    'held',
    '127.0.8.0/28',
    async (store: Store, _taskId: string, now: Date) => {
      const covers = { network: '127.0.8.0/28' };
      const given = { kind: 'freeze', covers, reason: 'test', operator: 'test', from: now } as const;
      await store.holds.beginRules([await store.freezes.create(given, now)], now);
    },
  ],
])('of a task that is %s', (_name, target, stop) => {
  it('counts what is under scan, once nodes begin nothing of it and their reports are in', async () => {
    const { store } = fixture;
    const taskId = await queuedTask(store, target, { retry_delay: 0 });
    await store.chunks.openChunk({ task_id: taskId, first_index: 0, count: 16, now: new Date() });
    await store.chunks.advanceCursor(taskId, 0, 16);
    await apply(
      report(claimOf(taskId, 0), 'SCANNING'),
      report(claimOf(taskId, 1), 'FAILED', failure('INTERNAL_ERROR')),
      // It waits at a node.
      report(claimOf(taskId, 2), 'ASSIGNED'),
    );
    await store.subTasks.markRetriesSent([`${taskId}-1`], new Date(Date.now() + 60_000));
    await apply(report(claimOf(taskId, 1, 2), 'ASSIGNED'));
    await store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
    // The clock of the database is hours ahead of this process, or behind it.
    for (const hours of [-5, 5]) {
      const stopped = new Date(Date.now() + hours * 3_600_000);
      const useAfter = (ms: number) => useOf(taskId, new Date(stopped.getTime() + ms));
      await stop(store, taskId, stopped);
      const { db } = await fixture.openParts('clock');
      await db.tasks.updateOne({ task_id: taskId }, { $set: { paused_time: stopped } });
      expect(await useAfter(5_000)).toEqual({ outstanding: 16, not_begun: 15 });
      expect(await useAfter(5_001)).toEqual({ outstanding: 1, not_begun: 0 });
      const sinceTime = new Date(stopped.getTime() + 3_000);
      const expires = new Date(stopped.getTime() + 60_000);
      await store.queueLag.noteBack(new Date(0));
      await store.queueLag.noteMarker({ sinceTime, lagSeconds: 10, expires });
      expect(await useAfter(15_000)).toEqual({ outstanding: 16, not_begun: 15 });
      expect(await useAfter(15_001)).toEqual({ outstanding: 1, not_begun: 0 });
      await db.queues.deleteMany({});
    }
  });
});

const toPrefixes = (use: object) => Object.fromEntries((use as { prefixes: ReadonlyMap<string, number> }).prefixes);
const IN_EACH = { max_concurrent: 4, ipv4_length: 29, ipv6_length: 64 };

it('counts by prefix each address of the covered tasks that is on its way, from the ledger to the node', async () => {
  const { store } = fixture;
  const taskIds = [];
  for (const target of ['127.0.4.0/28', '127.0.4.16-17']) {
    const taskId = await unsentTask(store, target, { retry_delay: 0, order: 'sequential' });
    await store.chunks.openChunk({ task_id: taskId, first_index: 0, count: 2, now: new Date() });
    taskIds.push(taskId);
  }
  const [taskId = ''] = taskIds;
  await store.chunks.advanceCursor(taskId, 0, 2);
  const covers = { network: '127.0.4.0/24' };
  const { limit_id } = await store.limits.create({ covers, per_prefix: IN_EACH, operator: 'test' }, new Date());
  const find = async () => (await store.limits.findStanding([])).find(({ key }) => key === limit_id)!.use;
  // Nobody has moved the other one's cursor. Who wrote its chunk down has left it in the limit's state.
  await store.limits.writeStates(new Map([[limit_id, { ahead: { [taskIds[1]!]: 0 } }]]), new Date());
  expect(toPrefixes(await find())).toEqual({ '127.0.4.0/29': 2, '127.0.4.16/29': 2 });
  await store.chunks.openChunk({ task_id: taskId, first_index: 8, count: 5, now: new Date() });
  await apply(
    report(claimOf(taskId, 8), 'ASSIGNED'),
    report(claimOf(taskId, 9), 'SCANNING'),
    report(claimOf(taskId, 10), 'COMPLETED'),
    report(claimOf(taskId, 11), 'FAILED', failure('INTERNAL_ERROR')),
  );
  const inSecond = async () => toPrefixes(await find())['127.0.4.8/29'];
  expect(await inSecond()).toBe(3);
  expect(await find()).toMatchObject({ outstanding: 7, not_begun: 6 });
  await store.subTasks.markRetriesSent([`${taskId}-11`], new Date(Date.now() + 60_000));
  expect(await inSecond()).toBe(4);
  await apply(report(claimOf(taskId, 11, 2), 'ASSIGNED'));
  expect(await inSecond()).toBe(4);
  await store.limits.remove(limit_id);
});
