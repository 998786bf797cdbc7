import type { Store } from '@cyberstroll/store';
import { createUnsentTask } from '@cyberstroll/testkit';
import { createLimitTurns } from '../src';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('counts of a task only the addresses in the network, and gives only them no more than its room', async () => {
  const { store } = fixture;
  const taskId = await createUnsentTask(store, '127.0.5.0/28', { order: 'sequential' });
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
  const taskId = await createUnsentTask(store, '127.0.6.0/28');
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
  const taskIds = [await createUnsentTask(store, '127.0.9.0/28'), await createUnsentTask(store, '127.0.9.16/28')];
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
