import type { ProgressSnapshot } from '@cyberstroll/contracts';
import { createLogger } from '@cyberstroll/runtime';
import { createTaskChannel } from './task-channel';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const TASKS = 100;

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
