import type { Progress, Task, WaitingReason } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import { type PoolState, toPoolState, type WaitingContext } from './pool-state';
import { toBlocked, toCountText, toFleetBusy, toNotQueued, toPausedText, toReason } from './waiting-causes';

export type TaskFacts = Pick<
  Task,
  'status' | 'status_history' | 'created_time' | 'cursor' | 'config' | 'end_hold' | 'retry_all'
>;

export interface TaskWaiting extends WaitingContext {
  task: TaskFacts;
  progress: Progress;
  /** When the first retry that no node has taken is due; asked for where `hasOnlyRetries`. */
  nextRetry?: Date | undefined;
}

/**
 * Why a task does not go on, or undefined where it does (nodes that are heard work on it) or has ended. One cause is told,
 * the one that would have to go first.
 */
export function toTaskWaitingReason({ task, progress, nextRetry, ...around }: TaskWaiting): WaitingReason | undefined {
  if (isEndedTask(task.status)) return undefined;
  if (task.status === 'PAUSED') return toReason('paused', toPausedText(task));
  if (task.status === 'CREATED') return toNotQueued(task, around);

  const pool = toPoolState(task.config.pool, around);
  if (isClosed(progress)) return toFinishing(task, around.now);
  if (progress.scanning_count > 0 && pool.heard > 0) return undefined;
  const blocked = toBlocked(pool, around);
  if (blocked) return blocked;
  return hasOnlyRetries(progress) ? toRetrying(progress, pool, nextRetry, around.now) : toSending(task, progress, pool);
}

/** Whether all that is left are retries. */
export const hasOnlyRetries = (progress: Progress): boolean =>
  progress.retry_count > 0 && progress.pending_count + progress.assigned_count + progress.scanning_count === 0;

const isClosed = ({ pending_count, assigned_count, scanning_count, retry_count }: Progress): boolean =>
  pending_count + assigned_count + scanning_count + retry_count === 0;

function toFinishing({ end_hold, retry_all }: TaskFacts, now: Date): WaitingReason {
  if (retry_all) return toReason('finishing', 'held open until all retries asked for have arrived');
  if (end_hold && end_hold.until > now) {
    return toReason('finishing', 'held open until the retries asked for have arrived', end_hold.until);
  }
  return toReason('finishing', 'every subtask rests; the end is about to be written');
}

function toRetrying(
  { retry_count }: Progress,
  pool: PoolState,
  nextRetry: Date | undefined,
  now: Date,
): WaitingReason | undefined {
  const due = !nextRetry || nextRetry <= now;
  if (due && pool.isFull) return toFleetBusy(pool);
  // Nodes hold them all, and begin.
  if (!nextRetry) return undefined;
  const retries = retry_count === 1 ? '1 retry is' : `${retry_count} retries are`;
  const next = due ? 'the next is being sent' : `the next is due at ${nextRetry.toISOString()}`;
  return toReason('retries_backoff', `only ${retries} left; ${next}`, nextRetry);
}

function toSending(task: TaskFacts, progress: Progress, pool: PoolState): WaitingReason | undefined {
  if (pool.isFull) return toFleetBusy(pool);
  if (progress.assigned_count > 0) return undefined;
  const unsent = progress.total_targets - task.cursor;
  if (unsent > 0) {
    return toReason(
      'pending_dispatch',
      `the dispatcher has still to send ${toCountText(unsent, 'target')} to pool "${pool.name}"`,
    );
  }
  const waiting = toCountText(progress.pending_count, 'target');
  return toReason(
    'sent_to_queue',
    `${waiting} sent out; no node of pool "${pool.name}" has taken them from its queue yet`,
  );
}
