import type { Progress, Task, TaskStatusView } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';

/**
 * Contract 8.1: the status of a task and its timeline. Each status lasts until the next one begins, the present one
 * until `now`; a status that ends the task has the duration 0. `estimatedRemaining` and durations are in seconds.
 */
export function toStatusView(
  task: Pick<Task, 'task_id' | 'status' | 'status_history'>,
  { progress, estimatedRemaining }: { progress: Progress; estimatedRemaining: number | null },
  now: Date,
): TaskStatusView {
  const ended = isEndedTask(task.status);
  return {
    task_id: task.task_id,
    status: task.status,
    progress: {
      percentage: progress.progress_percentage,
      completed: progress.completed_count,
      total: progress.total_targets,
      estimated_remaining: ended ? 0 : estimatedRemaining,
    },
    timeline: task.status_history.map(({ status, timestamp }, i, history) => {
      const following = history[i + 1];
      const next = following?.since ?? following?.timestamp ?? (ended ? timestamp : now);
      return { status, timestamp: timestamp.toISOString(), duration: toSeconds(next.getTime() - timestamp.getTime()) };
    }),
  };
}

/** At least 0: the clocks of two services may differ. */
const toSeconds = (ms: number): number => Math.max(0, ms) / 1_000;
