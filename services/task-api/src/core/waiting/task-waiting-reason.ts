import { type Progress, type Task, toSentence, type WaitingReason } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import { type FullLimit, toLimitReason } from './full-limit';
import { type PoolState, toPoolState, type WaitingContext } from './pool-state';
import { toBlocked, toFleetBusy, toHeld, toNotQueued, toPausedText, toReason } from './waiting-causes';

export type TaskFacts = Pick<
  Task,
  'status' | 'status_history' | 'created_time' | 'cursor' | 'config' | 'scan' | 'end_hold' | 'retry_all' | 'hold'
>;

export interface TaskWaiting extends WaitingContext {
  task: TaskFacts;
  progress: Progress;
  /** When the first retry that no node holds is due; read only if `hasOnlyRetries`. */
  nextRetry?: Date | undefined;
  /** The limit that has no room for it now. */
  full?: FullLimit | undefined;
}

/**
 * Why a task waits. Undefined if it has ended, or if nodes that send heartbeats work on it. If there are several
 * causes, the result is the one that must be removed first.
 */
export function toTaskWaitingReason({
  task,
  progress,
  nextRetry,
  full,
  ...around
}: TaskWaiting): WaitingReason | undefined {
  if (isEndedTask(task.status)) return undefined;
  if (task.status === 'PAUSED') return toReason('paused', toPausedText(task));
  if (task.hold && !isClosed(progress)) return toHeld(task.hold);
  if (task.status === 'CREATED') return toNotQueued(task, around);

  const pool = toPoolState(task, around);
  if (isClosed(progress)) return toFinishing(task, around.now);
  if (progress.scanning_count > 0 && pool.heard > 0) return undefined;
  const blocked = toBlocked(pool, around);
  if (blocked) return blocked;
  if (hasOnlyRetries(progress)) {
    const isDue = nextRetry && nextRetry <= around.now;
    return full && isDue ? toLimitReason(full) : toRetrying(progress, pool, nextRetry, around.now);
  }
  return toSending(task, progress, pool, full);
}

/** Whether only retries are left. */
export const hasOnlyRetries = (progress: Progress): boolean =>
  progress.retry_count > 0 && progress.pending_count + progress.assigned_count + progress.scanning_count === 0;

const isClosed = ({ pending_count, assigned_count, scanning_count, retry_count }: Progress): boolean =>
  pending_count + assigned_count + scanning_count + retry_count === 0;

function toFinishing({ end_hold, retry_all }: TaskFacts, now: Date): WaitingReason {
  if (retry_all) return toReason('finishing', toSentence('all_retries_open'));
  if (end_hold && end_hold.until > now) {
    return toReason('finishing', toSentence('retries_open'), end_hold.until);
  }
  return toReason('finishing', toSentence('about_to_end'));
}

function toRetrying(
  { retry_count }: Progress,
  pool: PoolState,
  nextRetry: Date | undefined,
  now: Date,
): WaitingReason | undefined {
  const due = !nextRetry || nextRetry <= now;
  if (due && pool.isFull) return toFleetBusy(pool);
  // Nodes hold all retries and start their scans.
  if (!nextRetry) return undefined;
  const message = due
    ? toSentence('retry_being_sent', { retries: retry_count })
    : toSentence('retry_due', { retries: retry_count, due_time: nextRetry });
  return toReason('retries_backoff', message, nextRetry);
}

function toSending(
  task: TaskFacts,
  progress: Progress,
  pool: PoolState,
  full: FullLimit | undefined,
): WaitingReason | undefined {
  if (pool.isFull) return toFleetBusy(pool);
  if (progress.assigned_count > 0) return undefined;
  const unsent = progress.total_targets - task.cursor;
  if (unsent > 0) {
    if (full) return toLimitReason(full);
    return toReason('pending_dispatch', toSentence('targets_not_sent', { targets: unsent, pool: pool.name }));
  }
  const waiting = { targets: progress.pending_count, pool: pool.name };
  return toReason('sent_to_queue', toSentence('targets_not_taken', waiting));
}
