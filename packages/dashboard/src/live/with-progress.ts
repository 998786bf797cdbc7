import type { ProgressUpdate, Task } from '@cyberstroll/client';

/** A task as it is now: as it was read, with the progress that was heard since. */
export interface LiveTask extends Task {
  /** Seconds; null where no rate is known, undefined before it is heard. */
  remaining?: number | null;
}

/** Puts what was heard of tasks onto what was read of them. */
export const withProgress = (tasks: readonly Task[], heard: ReadonlyMap<string, ProgressUpdate>): LiveTask[] =>
  tasks.map((task) => {
    const update = heard.get(task.task_id);
    if (!update) return task;
    return {
      ...task,
      status: update.status as Task['status'],
      progress: { ...update.counts, progress_percentage: update.progress },
      remaining: update.estimated_remaining,
    };
  });
