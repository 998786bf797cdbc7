import fc from 'fast-check';
import { countClosed, countOpen, countScanned, NO_TOUCHED, toProgress } from './progress';
import { toProgressUpdate } from './progress-update';
import { parseSubTaskId, toSubTaskId } from './subtask-id';

const count = fc.integer({ min: 0, max: 1_000 });
const touched = fc.record({
  assigned_count: count,
  scanning_count: count,
  completed_count: count,
  failed_count: count,
  timeout_count: count,
  retry_count: count,
  cancelled_count: count,
});

it('sums to total_targets, open or ended, and shows 100 percent exactly when all were scanned', () => {
  fc.assert(
    fc.property(touched, count, fc.boolean(), (counts, untouched, ended) => {
      const total = countOpen(counts) + countClosed(counts) + untouched;
      const progress = toProgress(total, counts, ended);
      expect(progress.pending_count + countOpen(progress) + countClosed(progress)).toBe(total);
      expect(progress.pending_count).toBe(ended ? 0 : untouched);
      expect(progress.progress_percentage === 100).toBe(countScanned(progress) === total);
    }),
  );
});

it('rounds the percentage down: 99.999 is not done', () => {
  const progress = toProgress(1_000_000, { ...NO_TOUCHED, completed_count: 999_999 }, false);
  expect(progress.progress_percentage).toBe(99.99);
});

it('makes the contract’s message of a snapshot', () => {
  const progress = toProgress(4, { ...NO_TOUCHED, completed_count: 1 }, false);
  const snapshot = {
    task_id: 't',
    status: 'RUNNING' as const,
    seq: 9,
    timestamp: '2026-01-01T00:00:00Z',
    progress,
    estimated_remaining: 3,
  };
  expect(toProgressUpdate(snapshot)).toMatchObject({
    type: 'progress_update',
    task_id: 't',
    progress: 25,
    status: 'RUNNING',
    timestamp: '2026-01-01T00:00:00Z',
    seq: 9,
    counts: { completed_count: 1, pending_count: 3 },
  });
});

it('reads a subtask id back, and nothing that is not one', () => {
  const taskId = 'a'.repeat(24);
  expect(parseSubTaskId(toSubTaskId(taskId, 42))).toEqual({ taskId, index: 42 });
  for (const id of ['', taskId, `${taskId}-`, `${taskId}-01`, `${taskId}-1e3`, `${taskId}--1`, `x-${taskId}`]) {
    expect(parseSubTaskId(id)).toBeUndefined();
  }
});
