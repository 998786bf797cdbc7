import { NO_TOUCHED, type ProgressSnapshot } from '@cyberstroll/contracts';
import { createLogger } from '@cyberstroll/runtime';
import { toProgress } from '@cyberstroll/task-state';
import { createTaskChannel } from './task-channel';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const TASKS = 100;

it('sends fewer frames before a crowd: a millisecond apart for each 20 subscribers', async () => {
  for (const [subscribers, mostFrames] of [
    [1, 51],
    [4_000, 6],
  ] as const) {
    let publish: (snapshot: ProgressSnapshot) => void = () => undefined;
    const channel = createTaskChannel('task', {
      realtime: {
        isUsable: () => true,
        async subscribeProgress(_taskId, listener) {
          publish = listener;
          return async () => undefined;
        },
        findProgress: async () => undefined,
      },
      source: { find: async () => undefined },
      countSnapshot: () => undefined,
      pushIntervalMs: 20,
      now: () => performance.now(),
      logger: createLogger({ service: 'test', instance: 'test', level: 'silent' }),
    });
    await jest.advanceTimersByTimeAsync(0);
    const seqs: number[] = [];
    const other = { push: () => undefined, tick: () => undefined };
    for (let n = 1; n < subscribers; n++) channel.join({ ...other }, toSnapshot(0));
    channel.join({ ...other, push: ({ seq }) => void seqs.push(seq) }, toSnapshot(0));
    for (let seq = 1; seq <= 200; seq++) {
      publish(toSnapshot(seq));
      await jest.advanceTimersByTimeAsync(5);
    }
    await jest.advanceTimersByTimeAsync(1_000);
    await channel.close();
    expect([subscribers, seqs.length <= mostFrames + 1, seqs.length >= mostFrames - 2, seqs.at(-1)]).toEqual([
      subscribers,
      true,
      true,
      200,
    ]);
  }
});

const toSnapshot = (seq: number): ProgressSnapshot => ({
  task_id: 'task',
  status: 'RUNNING',
  seq,
  timestamp: '2026-01-01T00:00:00.000Z',
  progress: toProgress(10, NO_TOUCHED, false),
  estimated_remaining: null,
});

/** Watched tasks that nothing happens to. */
function watchQuietTasks() {
  let reads = 0;
  const redis = { isUsable: true };
  const channels = Array.from({ length: TASKS }, (_, i) =>
    createTaskChannel(`task-${i}`, {
      realtime: {
        isUsable: () => redis.isUsable,
        subscribeProgress: async () => async () => undefined,
        findProgress: async () => undefined,
      },
      source: {
        async find() {
          reads += 1;
          return { seq: 1, status: 'RUNNING' } as ProgressSnapshot;
        },
      },
      countSnapshot: () => undefined,
      pushIntervalMs: 50,
      now: () => performance.now(),
      logger: createLogger({ service: 'test', instance: 'test', level: 'silent' }),
    }),
  );
  async function countReads(ms: number): Promise<number> {
    const before = reads;
    await jest.advanceTimersByTimeAsync(ms);
    return reads - before;
  }
  return { redis, channels, countReads };
}

it('reads the store of a quiet task seldom while Redis is usable, and once a second without it', async () => {
  const { redis, channels, countReads } = watchQuietTasks();
  expect(await countReads(60_000)).toBeLessThanOrEqual(4 * TASKS);
  redis.isUsable = false;
  await countReads(2_000);
  expect(await countReads(10_000)).toBeGreaterThanOrEqual(9 * TASKS);
  redis.isUsable = true;
  await countReads(2_000);
  expect(await countReads(10_000)).toBeLessThan(TASKS);
  await Promise.all(channels.map((channel) => channel.close()));
  expect(await countReads(60_000)).toBe(0);
});
