import { isEndedTask, type ProgressUpdate, type Task, type TaskStatusView } from '@cyberstroll/contracts';
import type { TaskView } from './api-types';

/**
 * How a watched task stands: a `progress_update` as pushed, or one made from an HTTP answer, which has no `seq`, and no
 * `counts` where the answer was the status alone.
 */
export type WatchUpdate = Omit<ProgressUpdate, 'seq' | 'counts'> &
  Partial<Pick<ProgressUpdate, 'seq'>> & {
    counts?: ProgressUpdate['counts'];
    /** Targets at rest, and all of them. */
    done: number;
    total: number;
  };

export const isEnded = (update: { status: string }): boolean => isEndedTask(update.status as Task['status']);

export function fromPush(push: ProgressUpdate): WatchUpdate {
  const { counts } = push;
  return {
    ...push,
    done: counts.completed_count + counts.failed_count + counts.timeout_count + counts.cancelled_count,
    total: counts.total_targets,
  };
}

export function fromTask(task: TaskView, now: Date): WatchUpdate {
  const { progress_percentage, ...counts } = task.progress;
  const end = task.estimated_completion ? Date.parse(task.estimated_completion) : Number.NaN;
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
    done: counts.completed_count + counts.failed_count + counts.timeout_count + counts.cancelled_count,
    total: counts.total_targets,
  };
}

export function fromStatus(view: TaskStatusView, now: Date): WatchUpdate {
  return {
    type: 'progress_update',
    task_id: view.task_id,
    progress: view.progress.percentage,
    status: view.status,
    timestamp: now.toISOString(),
    estimated_remaining: view.progress.estimated_remaining,
    done: Math.max(view.progress.completed, Math.round((view.progress.percentage * view.progress.total) / 100)),
    total: view.progress.total,
  };
}

/** Whether two updates tell the same. */
export const isSameUpdate = (a: WatchUpdate, b: WatchUpdate): boolean =>
  a.status === b.status &&
  a.progress === b.progress &&
  (!a.counts ||
    !b.counts ||
    Object.entries(a.counts).every(([name, count]) => b.counts?.[name as keyof typeof a.counts] === count));
