import { MAX_UPDATES_PER_ENVELOPE, parseSubTaskId, type SubTask } from '@cyberstroll/contracts';
import { type Publisher, publishUpdates } from '@cyberstroll/messaging';
import { AppError } from '@cyberstroll/runtime';
import { type SubTaskStatus, subTaskTable, type TaskStatus } from '@cyberstroll/state-machine';
import type { ReopenedTask, Store } from '@cyberstroll/store';
import { toRetryUpdates } from '@cyberstroll/task-state';
import { isBeingRetried } from '../core/command';
import type { Broadcast } from './broadcast';
import { getStatusAfter } from './change-status';
import { CONFIRM_WITHIN_MS } from './confirm-within';

/**
 * An operator's retries. A task at its end is taken up again first, then the retries go to the updaters as
 * orders. Of a whole task the first envelope is sent here and now, and the retry-scheduler sees to all others: the task
 * itself bears the request, so it is carried out whoever dies next.
 */
interface Deps {
  store: Store;
  publisher: Publisher;
  broadcast: Broadcast;
}
interface Retry {
  taskId: string;
  reason: string;
  operator: string;
}

/**
 * Retries every subtask that rests as failed or timed out: how the task stands then, how many they are, and whether all of
 * them are on their way by now. None of them, and the task is left as it is.
 */
export async function retryTask(
  deps: Deps,
  retry: Retry,
): Promise<{ status: TaskStatus; retried: number; isSent: boolean }> {
  const { task, failed, reopened } = await reopen(deps, retry, { all: true });
  if (failed === 0 && !reopened) return { status: task.status, retried: 0, isSent: true };
  const first = await deps.store.subTasks.findFailed(retry.taskId, MAX_UPDATES_PER_ENVELOPE);
  // The task bears the request: what cannot be sent now is sent later.
  const isSent = await publish(deps, first, retry).then(
    () => first.length < MAX_UPDATES_PER_ENVELOPE,
    () => false,
  );
  return { status: task.status, retried: Math.max(failed, first.length), isSent };
}

/** Retries one subtask: how it stood, and whether there was something to do. One that is being retried is left as it is. */
export async function retrySubTask(
  deps: Deps,
  { subTaskId, ...retry }: Retry & { subTaskId: string },
): Promise<{ status: SubTaskStatus; retried: 0 | 1 }> {
  const subTask = await deps.store.subTasks.getSubTask(subTaskId);
  const { status } = subTask;
  if (isBeingRetried(subTask)) return { status, retried: 0 };
  if (!subTaskTable.next(status, 'RETRY')) {
    const place = parseSubTaskId(subTaskId)?.index;
    throw new AppError('illegal_transition', {
      detail: `subtask ${place} is ${status}; only a failed or timed-out one is retried`,
      allowed: subTaskTable.statuses.filter((each) => subTaskTable.next(each, 'RETRY')),
    });
  }
  const { status: taskStatus } = await deps.store.taskStates.getTaskStatus(retry.taskId);
  if (getStatusAfter('retry', taskStatus) !== taskStatus) await reopen(deps, retry);
  await publish(deps, [subTask], retry);
  return { status, retried: 1 };
}

async function reopen(
  { store, broadcast }: Deps,
  { taskId, reason, operator }: Retry,
  options: { all?: boolean } = {},
): Promise<ReopenedTask> {
  getStatusAfter('retry', (await store.taskStates.getTaskStatus(taskId)).status);
  const outcome = await store.tasks.reopenTask(taskId, reason, operator, options);
  if (outcome.reopened) await broadcast(outcome.task);
  return outcome;
}

const publish = (
  { publisher }: Pick<Deps, 'publisher'>,
  subTasks: readonly SubTask[],
  { reason, operator }: Omit<Retry, 'taskId'>,
): Promise<void> =>
  publishUpdates(publisher, operator, toRetryUpdates(subTasks, reason), { withinMs: CONFIRM_WITHIN_MS });
