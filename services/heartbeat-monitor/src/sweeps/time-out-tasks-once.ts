import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import { AppError, type Counts, type Logger } from '@cyberstroll/runtime';
import type { Store, TaskRound } from '@cyberstroll/store';
import { isTaskOverdue } from '@cyberstroll/task-state';
import { OPERATOR } from '../operator';

/**
 * Ends tasks past their timeout as TIMEOUT. Their nodes are informed at once; retry-scheduler cancels their open
 * subtasks.
 */
export async function timeOutTasksOnce(
  {
    store,
    publisher,
    logger,
    nextOpen,
  }: { store: Pick<Store, 'tasks'>; publisher: Publisher; logger: Logger; nextOpen: TaskRound },
  now: Date,
): Promise<Counts> {
  const overdue = (await nextOpen()).filter((task) => isTaskOverdue(task, now));
  let timedOut = 0;
  for (const { task_id, config } of overdue) {
    const reason = `ran longer than its timeout of ${config.timeout} s`;
    if (!(await timeOutTask(store, task_id, reason))) continue;
    timedOut++;
    const change = { task_id, status: 'TIMEOUT', reason, operator: OPERATOR } as const;
    publishTaskChange(publisher, { ...change, timestamp: now });
    logger.warn(change, 'task changed');
  }
  return { timed_out: timedOut };
}

/** False if the task has ended meanwhile. */
async function timeOutTask(store: Pick<Store, 'tasks'>, taskId: string, reason: string): Promise<boolean> {
  try {
    return (await store.tasks.updateTaskStatus(taskId, 'TIMEOUT', reason, OPERATOR)).changed;
  } catch (error) {
    if (error instanceof AppError && (error.kind === 'conflict' || error.kind === 'missing')) return false;
    throw error;
  }
}
