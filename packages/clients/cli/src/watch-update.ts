import { countScanned, isEndedTask, type ProgressUpdate, type Task } from '@cyberstroll/contracts';
import type { ApiTask } from './api-types';

/** The state of a watched task: a pushed `progress_update`, or one made from an HTTP answer, without `seq`. */
export type WatchUpdate = Omit<ProgressUpdate, 'seq'> &
  Partial<Pick<ProgressUpdate, 'seq'>> & {
    /** Number of scanned targets, with any result, and of all targets. */
    done: number;
    total: number;
  };

export const isEnded = (update: { status: string }): boolean => isEndedTask(update.status as Task['status']);

export function fromPush(push: ProgressUpdate): WatchUpdate {
  const { counts } = push;
  return {
    ...push,
    done: countScanned(counts),
    total: counts.total_targets,
  };
}

export function fromTask(task: ApiTask, now: Date): WatchUpdate {
  const { progress_percentage, ...counts } = task.progress;
  const { status, hold, estimated_completion } = task;
  const isStopped = status === 'PAUSED' || (hold !== undefined && hold.until === undefined);
  const end = estimated_completion && !isStopped ? Date.parse(estimated_completion) : Number.NaN;
  return {
    type: 'progress_update',
    task_id: task.task_id,
    progress: progress_percentage,
    status: task.status,
    timestamp: now.toISOString(),
    counts,
    estimated_remaining: isEnded(task)
      ? 0
      : Number.isNaN(end)
        ? null
        : Math.max(0, Math.round((end - now.getTime()) / 1000)),
    done: countScanned(counts),
    total: counts.total_targets,
  };
}

/** Whether two updates are equal except for their time. */
export const isSameUpdate = (a: WatchUpdate, b: WatchUpdate): boolean =>
  a.status === b.status &&
  a.progress === b.progress &&
  Object.entries(a.counts).every(([name, count]) => b.counts[name as keyof typeof a.counts] === count);
