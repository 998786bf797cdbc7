import type { Progress, ProgressUpdate, Task } from '@cyberstroll/client';

/** A task as it is now: as it was read, with the progress that was heard since. */
export interface LiveTask extends Task {
  /** Seconds; null where no rate is known, undefined before it is heard. */
  remaining?: number | null;
}

/** Puts what was heard of tasks onto what was read of them, where it is not older. */
export const withProgress = (tasks: readonly Task[], heard: ReadonlyMap<string, ProgressUpdate>): LiveTask[] =>
  tasks.map((task) => toLiveTask(task, heard.get(task.task_id)));

/** The same for one task. */
export function toLiveTask(task: Task, update: ProgressUpdate | undefined): LiveTask {
  if (!update || isOlder(update, task)) return task;
  return {
    ...task,
    status: update.status as Task['status'],
    progress: { ...update.counts, progress_percentage: update.progress },
    remaining: update.estimated_remaining,
  };
}

/** Frames may have been missed while the connection or Redis was unavailable; reads of the list were not. */
const isOlder = (update: ProgressUpdate, task: Task): boolean =>
  update.status === task.status
    ? countClosed(update.counts) < countClosed(task.progress)
    : Date.parse(update.timestamp) < Date.parse(task.status_history.at(-1)?.timestamp ?? task.created_time);

export type Counts = Omit<Progress, 'progress_percentage'>;

/** Addresses that need no more work. */
export const countClosed = (counts: Counts): number =>
  counts.completed_count + counts.failed_count + counts.timeout_count + counts.cancelled_count;
