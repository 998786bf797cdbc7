import type { Progress, ProgressUpdate, Task } from '@cyberstroll/client';
import { toEstimatedRate, toLiveTask } from './live-task';

const toCounts = (completed: number): Progress => ({
  total_targets: 100,
  pending_count: 100 - completed,
  completed_count: completed,
  progress_percentage: completed,
  assigned_count: 0,
  scanning_count: 0,
  failed_count: 0,
  timeout_count: 0,
  retry_count: 0,
  cancelled_count: 0,
  retries_total: 0,
});
const task = (status: string, completed: number, changed: string) =>
  ({ status, progress: toCounts(completed), status_history: [{ timestamp: changed }] }) as unknown as Task;
const update = (status: string, completed: number, timestamp: string) =>
  ({
    status,
    counts: toCounts(completed),
    progress: completed,
    timestamp,
    estimated_remaining: 5,
  }) as unknown as ProgressUpdate;
const [first, second] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'];
const show = (read: Task, heard?: ProgressUpdate) => {
  const { status, percent } = toLiveTask(read, heard, 0);
  return `${status} ${percent}`;
};

it('what was heard last is shown over the list', () => {
  expect(show(task('RUNNING', 10, first))).toBe('RUNNING 10');
  expect(show(task('RUNNING', 10, first), update('RUNNING', 20, second))).toBe('RUNNING 20');
  expect(show(task('RUNNING', 10, first), update('COMPLETED', 100, second))).toBe('COMPLETED 100');
});

it('the list is shown where it is newer: the connection was lost meanwhile', () => {
  expect(show(task('COMPLETED', 100, second), update('RUNNING', 20, first))).toBe('COMPLETED 100');
  expect(show(task('RUNNING', 30, first), update('RUNNING', 20, second))).toBe('RUNNING 30');
});

it('the rate is what is left by the time that it takes', () => {
  expect(toEstimatedRate(toLiveTask(task('RUNNING', 10, first), update('RUNNING', 50, second), 0))).toBe(10);
  expect(toEstimatedRate(toLiveTask(task('RUNNING', 10, first), undefined, 0))).toBeUndefined();
  expect(toEstimatedRate(toLiveTask(task('PAUSED', 10, first), update('PAUSED', 50, second), 0))).toBeUndefined();
});
