import type { ProgressUpdate, Task } from '@cyberstroll/client';
import { type Counts, countClosed } from '../../live/with-progress';

/** A row of the list: what was read, and what has been heard since. */
export interface RowTask {
  task: Task;
  status: Task['status'];
  counts: Counts;
  /** Of the addresses that were scanned. */
  percent: number;
  /** Seconds; undefined if it has ended or nobody knows. */
  remaining: number | undefined;
}

/**
 * The newer of both. A connection that was lost may have missed the last updates: then the list is newer, which knows
 * when the status changed, and in the same status the one that has more closed subtasks. `now`: milliseconds.
 */
export function toLiveTask(task: Task, update: ProgressUpdate | undefined, now: number): RowTask {
  const changed = Date.parse(task.status_history.at(-1)?.timestamp ?? task.created_time);
  const isLive =
    update !== undefined &&
    (update.status === task.status
      ? countClosed(update.counts) >= countClosed(task.progress)
      : Date.parse(update.timestamp) > changed);
  if (isLive) {
    const { status, counts, progress: percent, estimated_remaining } = update;
    const remaining = estimated_remaining || undefined;
    return { task, status: status as Task['status'], counts, percent, remaining };
  }
  const { status, progress, estimated_completion: end } = task;
  const remaining = end === undefined ? undefined : Math.max(0, (Date.parse(end) - now) / 1_000);
  return { task, status, counts: progress, percent: progress.progress_percentage, remaining };
}

/** Addresses per second, by which the API estimates the rest; undefined if nobody knows. */
export function toEstimatedRate({ status, counts, remaining }: RowTask): number | undefined {
  if (status !== 'RUNNING' || !remaining) return undefined;
  return (counts.total_targets - countClosed(counts)) / remaining;
}
