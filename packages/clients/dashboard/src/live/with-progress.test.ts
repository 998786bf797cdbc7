import type { ProgressUpdate, Task } from '@cyberstroll/client';
import { withProgress } from './with-progress';

const counts = (completed_count: number) => ({
  completed_count,
  failed_count: 0,
  timeout_count: 0,
  cancelled_count: 0,
});
const task = {
  task_id: 'a',
  status: 'RUNNING',
  progress: counts(5),
  status_history: [{ status: 'RUNNING', timestamp: '2026-01-01T12:00:00Z' }],
} as unknown as Task;

const show = (status: string, closed: number, timestamp = '2026-01-01T12:00:01Z') => {
  const update = { task_id: 'a', status, counts: counts(closed), timestamp, estimated_remaining: 9 };
  const [shown] = withProgress([task], new Map([['a', update as unknown as ProgressUpdate]]));
  return [shown?.status, shown?.progress.completed_count, shown?.remaining];
};

it('shows what was heard since the list was read', () => {
  expect(show('RUNNING', 6)).toEqual(['RUNNING', 6, 9]);
  expect(show('PAUSED', 5)).toEqual(['PAUSED', 5, 9]);
  expect(withProgress([task], new Map())).toEqual([task]);
});

it('shows what was read where what was heard is older', () => {
  expect(show('RUNNING', 4)).toEqual(['RUNNING', 5, undefined]);
  expect(show('PAUSED', 4, '2026-01-01T11:59:59Z')).toEqual(['RUNNING', 5, undefined]);
});
