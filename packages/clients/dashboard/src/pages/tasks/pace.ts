import type { Task } from '@cyberstroll/client';
import { countClosed, type LiveTask } from '../../live/progress-of';

/**
 * Seconds until a task has ended: as it was heard, else as it was read. Undefined if nobody knows. `toNow`: the
 * server's time, in milliseconds; who hears of the task need not follow it.
 */
export function toRemaining(
  { remaining, estimated_completion: end }: LiveTask,
  toNow: () => number,
): number | undefined {
  if (remaining !== undefined) return remaining || undefined;
  return end === undefined ? undefined : Math.max(0, (Date.parse(end) - toNow()) / 1_000);
}

/**
 * Addresses per second, by which the API estimates the rest; undefined if nobody knows. The rest of a task that is
 * held, or has windows, may have hours in which nothing is scanned.
 */
export const toEstimatedRate = (
  {
    status,
    progress,
    config,
    hold,
  }: Pick<Task, 'status' | 'progress' | 'hold'> & { config: Pick<Task['config'], 'windows'> },
  remaining: number | undefined,
): number | undefined =>
  status === 'RUNNING' && !hold && !config.windows?.length && remaining
    ? (progress.total_targets - countClosed(progress)) / remaining
    : undefined;
