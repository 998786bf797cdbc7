import { type Logger, toAppError } from '@cyberstroll/runtime';

/**
 * Does the work for each task. The error of one task is logged and does not stop the others; an unavailable dependency
 * does.
 */
export async function forEachTask<Task extends { task_id: string }>(
  tasks: readonly Task[],
  logger: Logger,
  work: (task: Task) => Promise<void>,
): Promise<void> {
  for (const task of tasks) {
    try {
      await work(task);
    } catch (err) {
      const { kind } = toAppError(err);
      if (kind === 'transient' || kind === 'overloaded') throw err;
      // A missing task was cleaned up meanwhile.
      if (kind !== 'missing') logger.error({ task_id: task.task_id, err }, 'sweep failed for a task');
    }
  }
}
