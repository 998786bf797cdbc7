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
 * An operator's retries. A task at its end is taken up again first, then the retries go to the state queue like any other
 * update: when the broker has confirmed them they will happen, also where this process dies next.
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

/** Retries every subtask that rests as failed or timed out; resolves with how many. */
export async function retryTask(deps: Deps, retry: Retry): Promise<number> {
  await reopen(deps, retry);
  let retried = 0;
  let afterIndex: number | undefined;
  for (;;) {
    const page = await deps.store.subTasks.findFailed(retry.taskId, MAX_UPDATES_PER_ENVELOPE, afterIndex);
    if (page.length === 0) return retried;
    await publish(deps, page, retry);
    retried += page.length;
    afterIndex = page.at(-1)!.index;
  }
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

const publish = ({ publisher }: Deps, subTasks: readonly SubTask[], { reason, operator }: Retry): Promise<void> =>
  publishUpdates(
    publisher,
    { operator },
    subTasks.map((subTask) => toRetryUpdate(subTask, reason)),
    { withinMs: CONFIRM_WITHIN_MS },
  );
