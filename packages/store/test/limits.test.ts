import { STATE_QUEUE_NAMES } from '@cyberstroll/contracts';
import { createLimitTurns, type Store } from '../src';
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
      await store.holds.applyRules([await store.freezes.create(given, now)], now);
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
      const [queue] = STATE_QUEUE_NAMES;
      await store.queueLag.noteBack(queue!, new Date(0));
      await store.queueLag.noteMarker(queue!, { sinceTime, lagSeconds: 10, expires });
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

it('a turn knows what the turns before it served, and what they sent of tasks that nothing else shows yet', async () => {
  const { store } = fixture;
  const taskIds = [await unsentTask(store, '127.0.9.0/28'), await unsentTask(store, '127.0.9.16/28')];
  const limit = { covers: { network: '127.0.9.0/24' }, max_starts_per_second: 100, operator: 'test' };
  const { limit_id } = await store.limits.create(limit, new Date());
  const tasks = taskIds.map((task_id) => ({ task_id, config: { pool: 'default' } }));
  const turns = createLimitTurns(store, { now: () => 0 });
  const served = [];
  for (let round = 0; round < 3; round++) {
    const turn = await turns.take(tasks);
    const { task_id } = turn!.headroom.choose(tasks[0]!, tasks);
    served.push(taskIds.indexOf(task_id));
    turn!.headroom.take(task_id, 1, (n) => n);
    await turn!.commit();
    await turn!.end();
  }
  expect(served).toEqual([0, 1, 0]);
  // It dies before it moves a cursor, and the next turn asks about another task.
  await store.chunks.openChunk({ task_id: taskIds[0]!, first_index: 0, count: 3, now: new Date() });
  const next = await store.limits.findStanding([], undefined, { moving: [] });
  expect(next.find(({ key }) => key === limit_id)!.use).toMatchObject({ outstanding: 3 });
  await store.limits.remove(limit_id);
});

describe('a process', () => {
  const turnsOf = (store: Pick<Store, 'limits' | 'leases' | 'getTime'>, now: () => number) =>
    createLimitTurns(store, { leaseMs: 10_000, now });

  it('takes no turn before the release of its last one is done: a late release would end the next', async () => {
    const { store } = fixture;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const renewAll: typeof store.leases.renewAll = async (...given) => {
      await released;
      return store.leases.renewAll(...given);
    };
    const turns = turnsOf({ ...store, leases: { ...store.leases, renewAll } }, () => 0);
    const ended = (await turns.take([]))!.end();
    expect(await turns.take([])).toBeUndefined();
    release();
    await ended;
    const turn = await turns.take([]);
    expect(turn).toBeDefined();
    await turn!.end();
  });

  it('takes no turn while a release that failed may still arrive', async () => {
    const { store } = fixture;
    let now = 0;
    const renewAll = () => Promise.reject(new Error('no answer'));
    const turns = turnsOf({ ...store, leases: { ...store.leases, renewAll } }, () => now);
    await (await turns.take([]))!.end();
    now = 9_999;
    expect(await turns.take([])).toBeUndefined();
    now = 10_000;
    expect(await turns.take([])).toBeDefined();
    await store.leases.renewAll(['limits'], 0);
  });
});
