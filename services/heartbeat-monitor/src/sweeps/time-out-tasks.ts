import { toSentence } from '@cyberstroll/contracts';
import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import { AppError, type Counts, type Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { findAppliedUntil } from '../adapters/applied-until';
import { OPERATOR } from '../operator';

/** Tasks that one pass ends. The next pass finds the others. */
const MAX_TASKS = 500;

/**
 * Ends tasks past their timeout as TIMEOUT. Their nodes are informed at once; retry-scheduler cancels their open
 * subtasks. While updates wait to be applied, a task ends only if it was overdue before the oldest of them was sent:
 * the others are results in time. Resolves with undefined if no task is overdue: then the next pass may be a little
 * later.
 */
export async function timeOutTasksOnce(
  deps: { store: Pick<Store, 'tasks' | 'queueLag'>; publisher: Publisher; logger: Logger },
  now: Date,
): Promise<Counts | undefined> {
  const { store } = deps;
  // Most passes end here, after one read.
  if ((await store.tasks.findOverdue(now, 1)).length === 0) return undefined;
  const overdue = await store.tasks.findOverdue(await findAppliedUntil(store, now), MAX_TASKS);
  if (overdue.length === 0) return undefined;
  let timedOut = 0;
  for (const { task_id, config } of overdue) {
    const reason = toSentence('ran_too_long', { timeout: config.timeout });
    if (!(await timeOutTask(store, task_id, reason))) continue;
    timedOut++;
    const transitions = [{ status: 'TIMEOUT', reason }] as const;
    await publishTaskChange(deps, { task_id, transitions, operator: OPERATOR, timestamp: now });
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
