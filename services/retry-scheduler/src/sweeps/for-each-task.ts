import { type Logger, toAppError } from '@cyberstroll/runtime';

/** Does something for each task: one that cannot be helped never keeps the others from it, an engine that is away does. */
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
      // Missing: cleaned up meanwhile.
      if (kind !== 'missing') logger.error({ task_id: task.task_id, err }, 'sweep failed for a task');
    }
  }
}
