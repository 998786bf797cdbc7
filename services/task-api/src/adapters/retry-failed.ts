import { MAX_UPDATES_PER_ENVELOPE, parseSubTaskId, type RetrySelection, type SubTask } from '@cyberstroll/contracts';
import { type Publisher, publishServiceUpdates } from '@cyberstroll/messaging';
import { AppError } from '@cyberstroll/runtime';
import { type SubTaskStatus, subTaskTable, type TaskStatus } from '@cyberstroll/state-machine';
import { type ReopenedTask, requireVersion, type Store } from '@cyberstroll/store';
import { toRetryUpdates } from '@cyberstroll/task-state';
import { isBeingRetried } from '../core/tasks/command';
import type { Broadcast } from './broadcast';
import { getStatusAfter } from './change-status';
import { CONFIRM_WITHIN_MS } from './confirm-within';

/**
 * An operator's retries. An ended task is reopened first; then the retries go to the state-updaters as service updates.
 * For a whole task the first envelope is sent at once and retry-scheduler sends the rest. The request is stored in the
 * task, so it is carried out even if this process dies.
 */
interface Deps {
  store: Pick<Store, 'tasks' | 'subTasks'>;
  publisher: Publisher;
  broadcast: Broadcast;
}
interface Retry {
  taskId: string;
  reason: string;
  operator: string;
  /** The version that the task must have. */
  version?: number | undefined;
}

/** What became of a retry. `isSent`: all retries are sent by now. */
interface Retried {
  status: TaskStatus;
  retried: number;
  isSent: boolean;
}

/**
 * Retries every subtask that is closed as FAILED or TIMEOUT, or those that match the selection; none that an earlier
 * request retries. Without such a subtask the task does not change.
 */
export async function retryTask(deps: Deps, { selection, ...retry }: Retry & Selected): Promise<Retried> {
  if (selection) {
    const { status, matched } = await countRetried(deps, { ...retry, selection });
    if (matched === 0) return { status, retried: 0, isSent: true };
  }
  const { store } = deps;
  const { task, failed, reopened, replaced } = await reopen(deps, retry, { all: true, selection });
  if (failed === 0 && !reopened) return { status: task.status, retried: 0, isSent: true };
  const which = { selection, closedAfter: replaced };
  const first = await store.subTasks.findFailed(retry.taskId, MAX_UPDATES_PER_ENVELOPE, which);
  const isWhole = first.length < MAX_UPDATES_PER_ENVELOPE;
  const matched = selection && !isWhole ? await store.subTasks.countFailed(retry.taskId, selection, replaced) : failed;
  // The request is stored in the task: retries that cannot be sent now are sent later.
  const isSent = await publish(deps, first, retry).then(
    () => isWhole,
    () => false,
  );
  return { status: task.status, retried: isWhole ? first.length : Math.max(matched, first.length), isSent };
}

interface Selected {
  selection?: RetrySelection | undefined;
}

/** How many subtasks a retry would be about, now. Nothing is changed. */
export async function countRetried(
  { store }: Pick<Deps, 'store'>,
  { taskId, version, selection = {} }: Pick<Retry, 'taskId' | 'version'> & Selected,
): Promise<{ status: TaskStatus; matched: number }> {
  const { status, ...task } = await store.tasks.getTaskStatus(taskId);
  requireVersion(task, version);
  getStatusAfter('retry', status);
  return { status, matched: await store.subTasks.countFailed(taskId, selection) };
}

/** Retries one subtask. Returns the status it had; `retried` is 0 if a retry is under way already. */
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
      detail: `subtask ${place} is ${status}; only FAILED and TIMEOUT subtasks can be retried`,
      allowed: subTaskTable.statuses.filter((each) => subTaskTable.next(each, 'RETRY')),
    });
  }
  // Of a task that is open, too: it must not end before the retry is applied.
  await reopen(deps, retry);
  await publish(deps, [subTask], retry);
  return { status, retried: 1 };
}

async function reopen(
  { store, broadcast }: Deps,
  { taskId, reason, operator, version }: Retry,
  options: { all?: boolean } & Selected = {},
): Promise<ReopenedTask> {
  getStatusAfter('retry', (await store.tasks.getTaskStatus(taskId)).status);
  const outcome = await store.tasks.reopenTask(taskId, reason, operator, { ...options, version });
  if (outcome.reopened) await broadcast(outcome.task);
  return outcome;
}

const publish = (
  { publisher }: Pick<Deps, 'publisher'>,
  subTasks: readonly SubTask[],
  { reason, operator }: Omit<Retry, 'taskId'>,
): Promise<void> =>
  publishServiceUpdates(publisher, operator, toRetryUpdates(subTasks, reason), { withinMs: CONFIRM_WITHIN_MS });
