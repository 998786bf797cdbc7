import { toProgressUpdate } from '../messages/progress-update';
import { NO_TOUCHED } from './progress';
import { parseSubTaskId, toSubTaskId } from './subtask';

it('makes the contract’s message of a snapshot', () => {
  const counts = { ...NO_TOUCHED, total_targets: 4, pending_count: 3, completed_count: 1, retries_total: 0 };
  const snapshot = {
    task_id: 't',
    status: 'RUNNING' as const,
    seq: 9,
    timestamp: '2026-01-01T00:00:00Z',
    progress: { ...counts, progress_percentage: 25 },
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
