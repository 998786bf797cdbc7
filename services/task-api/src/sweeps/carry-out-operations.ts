import { MAX_LABELS, STOPPING_ACTIONS, toSentence } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import { AppError, type Counts, type Leadership, type Logger, toAppError } from '@cyberstroll/runtime';
import type { OpenOperation, Store, TaskOutcome } from '@cyberstroll/store';
import { createTasksAudit, type TasksAudit } from '../adapters/audit-tasks';
import type { Broadcast } from '../adapters/broadcast';
import { changeStatus } from '../adapters/change-status';
import { retryTask } from '../adapters/retry-failed';

export interface OperationDeps {
  store: Pick<Store, 'tasks' | 'subTasks' | 'cleanUp' | 'operations' | 'apiKeys' | 'auditLog'>;
  publisher: Publisher;
  broadcast: Broadcast;
  /** Checked before each task, since an operation may take longer than a lease lasts. */
  leadership: Pick<Leadership, 'isLeader'>;
  /** How long entries of the audit log are kept. */
  auditLogDays: number;
  logger: Logger;
}

/** A task that could not be commanded as many times has failed. */
const MAX_TRIES = 5;
/** Between two of these times, in milliseconds at least; the others continue meanwhile. */
const RETRY_MS = 1_000;
/** In whose name an operation ends whose operator may no longer command. */
const OPERATOR = 'task-api';

/**
 * Carries out operations: a few tasks of the oldest one of each action, in turns. While there is a pause or a cancel,
 * only these: they stop tasks, and a retry may take long. The outcome of a task is noted before the next one begins.
 * After a crash the leader commands the task again whose outcome is not noted: every command may be repeated.
 *
 * Whatever goes wrong with one task is its outcome, and the operation continues. Only if a dependency is unavailable,
 * the task is commanded again later: a few times at most, which are counted in MongoDB, so that no outage of
 * MongoDB counts. A pass resolves with undefined if there is no operation.
 */
export const createOperationSweep =
  (deps: OperationDeps) =>
  async (now: Date): Promise<Counts | undefined> => {
    const { operations } = deps.store;
    const counts = { tasks: 0 };
    /** By operation: when it is tried again, on the clock of the process. */
    const retryAtMs = new Map<string, number>();
    const isDue = ({ operation_id }: OpenOperation) => performance.now() >= (retryAtMs.get(operation_id) ?? 0);
    for (;;) {
      const open = await operations.findDue();
      const due = open.filter(isDue);
      if (due.length === 0) return open.length + counts.tasks > 0 ? counts : undefined;
      const stopping = due.filter(({ action }) => STOPPING_ACTIONS.includes(action));
      for (const operation of stopping.length > 0 ? stopping : due) {
        const { tasks, end } = await commandSome(deps, operation, now);
        counts.tasks += tasks;
        if (end === 'not_leader') return counts;
        if (end === 'unavailable') retryAtMs.set(operation.operation_id, performance.now() + RETRY_MS);
      }
    }
  };

/** `end`: why not all tasks were commanded. */
interface Commanded {
  tasks: number;
  end?: 'cancelled' | 'not_leader' | 'unavailable' | 'elsewhere';
}

/** Commands the next tasks of an operation. */
async function commandSome(deps: OperationDeps, operation: OpenOperation, now: Date): Promise<Commanded> {
  if (await cancelIfRevoked(deps, operation, now)) return { tasks: 0, end: 'cancelled' };
  const audit = createTasksAudit({ auditLog: deps.store.auditLog, days: deps.auditLogDays }, operation, now);
  const commanded = await commandEach(deps, operation, audit, now);
  await audit.complete();
  return commanded;
}

async function commandEach(
  deps: OperationDeps,
  operation: OpenOperation,
  audit: TasksAudit,
  now: Date,
): Promise<Commanded> {
  for (const [tasks, taskId] of operation.task_ids.entries()) {
    if (!(await deps.leadership.isLeader())) return { tasks, end: 'not_leader' };
    const place = operation.place + tasks;
    await audit.begin();
    const outcome = await command(deps, operation, { taskId, place, now });
    audit.note(taskId, outcome);
    if (outcome === undefined) return { tasks, end: 'unavailable' };
    const isNoted = await deps.store.operations.noteOutcome(operation, place, outcome, new Date());
    if (!isNoted) return { tasks, end: 'elsewhere' };
  }
  return { tasks: operation.task_ids.length };
}

/** Ends an operation whose operator's key was revoked since. Keys of API_KEYS are not looked at. */
async function cancelIfRevoked({ store, logger }: OperationDeps, operation: OpenOperation, now: Date) {
  const { operation_id, key_id, operator } = operation;
  if (key_id === undefined || !(await isRevoked(store, key_id))) return false;
  const reason = toSentence('key_revoked', { operator });
  await store.operations.cancel(operation_id, { operator: OPERATOR, reason }, now);
  logger.warn({ operation_id, operator }, 'operation cancelled: its API key was revoked');
  return true;
}

async function isRevoked({ apiKeys }: OperationDeps['store'], keyId: string): Promise<boolean> {
  try {
    return (await apiKeys.getKey(keyId)).revoked_time !== undefined;
  } catch (error) {
    if (error instanceof AppError && error.code === 'key_not_found') return true;
    throw error;
  }
}

/** Undefined if the task is to be commanded again later. */
async function command(
  deps: OperationDeps,
  operation: OpenOperation,
  { taskId, place, now }: { taskId: string; place: number; now: Date },
): Promise<TaskOutcome | undefined> {
  const { operation_id, action } = operation;
  try {
    return (await changeTask(deps, operation, taskId, now)) ? 'done' : 'unchanged';
  } catch (thrown) {
    const error = toAppError(thrown);
    const about = { operation_id, action, task_id: taskId, err: thrown };
    if (error.kind === 'transient' || error.kind === 'overloaded') {
      deps.logger.warn(about, 'task not commanded: it is tried again');
      if ((await deps.store.operations.noteTry(operation, place)) < MAX_TRIES) return undefined;
    } else if (!REFUSALS.includes(error.kind)) {
      deps.logger.error(about, 'task not commanded');
    }
    // The text of an error that nobody foresaw is for the log alone.
    const detail = error === thrown ? error.message : new AppError(error.code).message;
    return { task_id: taskId, code: error.code, detail };
  }
}

/** The kinds of error by which a task refuses a command. */
const REFUSALS: readonly AppError['kind'][] = ['missing', 'conflict', 'invalid'];

/** False if there is nothing to do. */
async function changeTask(deps: OperationDeps, operation: OpenOperation, taskId: string, now: Date): Promise<boolean> {
  const { store } = deps;
  const {
    action,
    operator,
    reason = toSentence(`${action}_by_operator`),
    add_labels,
    remove_labels,
    priority,
  } = operation;
  switch (action) {
    case 'pause':
    case 'cancel':
      return (await changeStatus(deps, { command: action, taskId, reason, operator, leavesEnded: true })).changed;
    case 'resume':
      await requireNotOverruled(store, operation, taskId);
      return (await changeStatus(deps, { command: action, taskId, reason, operator, leavesEnded: true })).changed;
    case 'retry':
      await requireNotOverruled(store, operation, taskId);
      return (await retryTask(deps, { taskId, reason, operator })).retried > 0;
    case 'delete':
      await store.cleanUp.requestOne(taskId, operator, now);
      return true;
    case 'label':
    case 'priority': {
      const { after } = await store.tasks.changeFields(taskId, ({ labels }) =>
        action === 'priority'
          ? { priority }
          : { labels: withinLimit(editLabels(labels, { add: add_labels, remove: remove_labels })) },
      );
      return Object.keys(after).length > 0;
    }
  }
}

/** A pause or a cancel goes first: a task that it stopped must not run again by an operation that was sent earlier. */
async function requireNotOverruled({ operations }: OperationDeps['store'], operation: OpenOperation, taskId: string) {
  if (await operations.isOverruled(operation, taskId)) throw new AppError('operation_overruled');
}

function withinLimit(labels: string[]): string[] {
  if (labels.length <= MAX_LABELS) return labels;
  throw new AppError('too_many_labels', { detail: `it would have ${labels.length}` });
}

/** Labels with these added, at the end, and without those removed. */
const editLabels = (
  labels: readonly string[],
  { add = [], remove = [] }: { add?: readonly string[] | undefined; remove?: readonly string[] | undefined },
): string[] => [...new Set([...labels, ...add])].filter((label) => !remove.includes(label));
