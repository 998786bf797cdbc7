import { NO_TOUCHED, type ProgressSnapshot } from '@cyberstroll/contracts';
import { toProgress } from '@cyberstroll/task-state';
import { createSnapshotSource } from '../src';

const snapshot = (seq: number): ProgressSnapshot => ({
  task_id: 'a',
  status: 'RUNNING',
  seq,
  timestamp: '2026-01-01T00:00:00.000Z',
  progress: toProgress(1, NO_TOUCHED, false),
  estimated_remaining: null,
});

afterEach(() => void jest.useRealTimers());

it('reads a task once a second for any number of callers', async () => {
  jest.useFakeTimers();
  let reads = 0;
  const source = createSnapshotSource({ readStore: async () => snapshot(++reads), readCache: async () => undefined });
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => source.find('a')));
  expect(new Set(answers.map((answer) => answer?.seq))).toEqual(new Set([1]));
  await jest.advanceTimersByTimeAsync(999);
  expect((await source.find('a'))?.seq).toBe(1);
  await jest.advanceTimersByTimeAsync(1);
  expect((await source.find('a'))?.seq).toBe(2);
  expect(reads).toBe(2);
});

it('falls back to the cache while the store cannot answer, and drops a failed read', async () => {
  let away = true;
  let cached: ProgressSnapshot | undefined;
  const source = createSnapshotSource({
    readStore: async () => {
      if (away) throw new Error('away');
      return snapshot(9);
    },
    readCache: async () => cached,
  });
  await expect(source.find('a')).rejects.toThrow('away');
  cached = snapshot(4);
  expect((await source.find('a'))?.seq).toBe(4);
  away = false;
  expect((await source.find('b'))?.seq).toBe(9);
});
