import { MAX_UPDATES_PER_ENVELOPE, parseSubTaskId, type SubTask } from '@cyberstroll/contracts';
import { type Publisher, publishUpdates } from '@cyberstroll/messaging';
import { AppError } from '@cyberstroll/runtime';
import { subTaskTable } from '@cyberstroll/state-machine';
import type { Store } from '@cyberstroll/store';
import { toRetryUpdate } from '../core/retry-update';
import type { Broadcast } from './broadcast';
import { getTarget } from './change-status';
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

/** Retries every subtask that rests as failed or timed out: how many, and whether all of them are on their way by now. */
export async function retryTask(
  { store, publisher, broadcast }: Deps,
  { taskId, reason, operator }: Retry,
): Promise<{ retried: number; isSent: boolean }> {
  const { status } = await store.taskStates.getTaskStatus(taskId);
  getTarget('retry', status);
  const { failed_count, timeout_count } = await store.taskStates.getTaskProgress(taskId);
  const task = await store.tasks.reopenTask(taskId, reason, operator, { all: true });
  if (task.status !== status) await broadcast(task);
  const first = await store.subTasks.findFailed(taskId, MAX_UPDATES_PER_ENVELOPE);
  // The task bears the request: what cannot be sent now is sent later.
  const isSent = await publish({ publisher }, first, { reason, operator }).then(
    () => first.length < MAX_UPDATES_PER_ENVELOPE,
    () => false,
  );
  return { retried: Math.max(failed_count + timeout_count, first.length), isSent };
}

export async function retrySubTask(deps: Deps, { subTaskId, ...retry }: Retry & { subTaskId: string }): Promise<void> {
  const subTask = await deps.store.subTasks.getSubTask(subTaskId);
  if (!subTaskTable.next(subTask.status, 'RETRY')) {
    const place = parseSubTaskId(subTaskId)?.index;
    throw new AppError(
      'conflict',
      'illegal_transition',
      `subtask ${place} is ${subTask.status}: only a failed or timed-out one is retried`,
      {
        allowed: subTaskTable.statuses.filter((status) => subTaskTable.next(status, 'RETRY')),
      },
    );
  }
  await reopen(deps, retry);
  await publish(deps, [subTask], retry);
}

async function reopen({ store, broadcast }: Deps, { taskId, reason, operator }: Retry): Promise<void> {
  const { status } = await store.taskStates.getTaskStatus(taskId);
  if (getTarget('retry', status) !== status) await broadcast(await store.tasks.reopenTask(taskId, reason, operator));
}

const publish = (
  { publisher }: Pick<Deps, 'publisher'>,
  subTasks: readonly SubTask[],
  { reason, operator }: Omit<Retry, 'taskId'>,
): Promise<void> =>
  publishUpdates(
    publisher,
    operator,
    subTasks.map((subTask) => toRetryUpdate(subTask, reason)),
    { withinMs: CONFIRM_WITHIN_MS },
  );
