import { createLimitTurns } from '../src';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup, unsentTask } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

async function useOf(taskId: string) {
  const config = { pool: 'default', max_concurrent: 1 };
  return (await fixture.store.limits.findStanding([{ task_id: taskId, config }]))[0]!.use;
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

it('counts of a task that has been paused for a while what nodes hold, with the retries that they have claimed', async () => {
  const { store } = fixture;
  const taskId = await queuedTask(store, '127.0.3.0/28', { retry_delay: 0 });
  await store.chunks.openChunk({ task_id: taskId, first_index: 0, count: 16, now: new Date() });
  await store.chunks.advanceCursor(taskId, 0, 16);
  await apply(report(claimOf(taskId, 0), 'SCANNING'), report(claimOf(taskId, 1), 'FAILED', failure('INTERNAL_ERROR')));
  await store.subTasks.markRetriesSent([`${taskId}-1`], new Date(Date.now() + 60_000));
  await apply(report(claimOf(taskId, 1, 2), 'ASSIGNED'));
  await store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
  await store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
  const { db } = await fixture.openParts('clock');
  await db.tasks.updateOne({ task_id: taskId }, { $set: { paused_time: new Date(Date.now() - 60_000) } });
  expect(await useOf(taskId)).toEqual({ outstanding: 2, not_begun: 1 });
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
  // Nobody has moved the other one's cursor.
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

it('counts of a task only the addresses in the network, and gives only them no more than its room', async () => {
  const { store } = fixture;
  const taskId = await unsentTask(store, '127.0.5.0/28', { order: 'sequential' });
  await store.chunks.openChunk({ task_id: taskId, first_index: 0, count: 10, now: new Date() });
  await store.chunks.advanceCursor(taskId, 0, 10);
  const covers = { network: '127.0.5.8/29' };
  const { limit_id } = await store.limits.create({ covers, max_concurrent: 3, operator: 'test' }, new Date());
  const limits = await store.limits.findStanding([]);
  expect(limits.find(({ key }) => key === limit_id)!.use).toMatchObject({ outstanding: 2, not_begun: 2 });
  const turn = await createLimitTurns(store).take([{ task_id: taskId, config: { pool: 'default' } }]);
  expect(turn!.headroom.take(taskId, 6, (n) => 10 + n)).toBe(1);
  expect(turn!.headroom.take(taskId, 6, (n) => n)).toBe(6);
  await turn!.end();
  await store.limits.remove(limit_id);
});

it('counts nothing outside the windows of a limit', async () => {
  const { store } = fixture;
  const taskId = await unsentTask(store, '127.0.6.0/28');
  const windows = [{ days: ['mon' as const], from: '08:00', to: '18:00', time_zone: 'Europe/Berlin' }];
  const limit = { covers: { network: '127.0.6.0/24' }, max_concurrent: 1, windows, operator: 'test' };
  const { limit_id } = await store.limits.create(limit, new Date());
  const task = { task_id: taskId, config: { pool: 'default' } };
  const times = ['2026-11-30T08:00:00Z', '2026-11-30T17:00:00Z', '2026-12-01T08:00:00Z'];
  const seen = [];
  for (const time of times) {
    const now = new Date(time);
    const turns = createLimitTurns({ ...store, getTime: async () => now });
    const limited = await turns.findLimited([task], now);
    const turn = await turns.take([task]);
    seen.push([limited.has(taskId), turn!.headroom.take(taskId, 5, (n) => n)]);
    await turn!.end();
  }
  expect(seen).toEqual([
    [true, 1],
    [false, 5],
    [false, 5],
  ]);
  await store.limits.remove(limit_id);
});
