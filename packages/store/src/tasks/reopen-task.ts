import { isDeepStrictEqual } from 'node:util';
import type { RetrySelection, Task } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { isEndedTask, settableTaskStatuses, taskTable } from '@cyberstroll/state-machine';
import { applyTaskTransitions, toEndHold } from '@cyberstroll/task-state';
import { getTaskAndCounters } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { isUnchanged, requireVersion, type TaskWriter, toAfter } from './write-tasks';

export interface ReopenedTask {
  task: Task;
  /** How many of its subtasks were FAILED or TIMEOUT at that moment, without those of the request that it replaced. */
  failed: number;
  /** When that request was made: it covers what had closed by then. */
  replaced?: Date;
  /** Whether this call moved the task from its end back to RUNNING. */
  reopened: boolean;
}

export interface ReopenDeps {
  db: Database;
  countFailed: (taskId: string, selection: RetrySelection, closedAfter: Date) => Promise<number>;
  writer: TaskWriter;
}

interface Retry {
  reason: string;
  operator: string;
  /** True if all subtasks that have failed so far are retried, false for one subtask. */
  all: boolean;
  /** With `all`: which of them, instead of every one. */
  selection?: RetrySelection | undefined;
  /** The version that the task must have; any if it is not given. */
  version?: number | undefined;
}

/**
 * The task's part of an operator's retry. Whether there is something to retry is read from the counters at the same
 * moment as the task. A reopening is guarded by the task's revision: of equal retries at the same time, only one
 * reopens the task, and the others find nothing that is not retried already.
 */
export async function reopenTask(
  { db, writer, countFailed }: ReopenDeps,
  taskId: string,
  retry: Retry,
): Promise<ReopenedTask> {
  for (;;) {
    const { task, counters } = await getTaskAndCounters(db, taskId);
    requireVersion(task, retry.version);
    const failed = counters.touched.failed_count + counters.touched.timeout_count;
    if (!isWorthRetrying(task, failed)) return { task, failed, reopened: false };

    requireNoOther(task, retry.selection);
    const pending = retry.all ? findCovering(task, retry.selection) : undefined;
    const own = pending ? await countFailed(taskId, retry.selection ?? {}, pending.requested_time) : failed;
    if (own === 0 && failed > 0) return { task, failed: 0, reopened: false };
    const replaced = pending && { replaced: pending.requested_time };
    const { status } = task;
    const now = new Date();
    const end_hold = toEndHold(task, { reopened: counters.stats.reopened, all: retry.all, now });
    const holds = { ...(end_hold && { end_hold }), ...toRequest(retry, now) };
    if (!isEndedTask(status)) {
      const filter = { task_id: taskId, ...isUnchanged(task) };
      const noted = await db.tasks.updateOne(filter, { $set: holds, $inc: { rev: 1 } });
      if (noted.matchedCount === 1) return { task, failed: own, reopened: false, ...replaced };
      continue;
    }
    // Subtasks that were sent and never touched are looked for in the ledger again.
    if (!taskTable.hasTag(status, 'all_sent')) {
      await db.chunks.updateMany({ task_id: taskId, settled: true }, { $set: { settled: false } });
    }
    const transitions = [{ status: 'RUNNING', reason: retry.reason }] as const;
    const { set, unset } = applyTaskTransitions(task, transitions, retry.operator, now);
    const changes = { set: { ...set, accepted_failures: failed, ...holds }, unset };
    const [written] = await writer.write([{ task, transitions, changes, guard: isUnchanged(task) }]);
    if (written) return { task: toAfter(written), failed, reopened: true };
  }
}

/** The request of the task, not carried out yet, that this one repeats for everything that had failed by then. */
function findCovering({ retry_all }: Task, selection: RetrySelection | undefined) {
  return retry_all && (!retry_all.selection || isDeepStrictEqual(retry_all.selection, selection))
    ? retry_all
    : undefined;
}

/** A selection must not replace another request that is not carried out yet. The same one may be sent again. */
function requireNoOther({ retry_all }: Task, selection: RetrySelection | undefined): void {
  if (!selection || !retry_all || isDeepStrictEqual(retry_all.selection, selection)) return;
  throw new AppError('retry_pending', { detail: `${retry_all.operator} requested it: ${retry_all.reason}` });
}

/** False if a retry has nothing to do. Throws if the task's status does not allow a retry. */
function isWorthRetrying({ status }: Task, failed: number): boolean {
  if (!isEndedTask(status)) return failed > 0;
  if (taskTable.next(status, 'RETRY') === undefined) {
    throw new AppError('illegal_transition', {
      detail: `a task that is ${status} cannot be retried`,
      status,
      allowed: settableTaskStatuses(status),
    });
  }
  // A task that failed or ran out of time may have targets that were never touched.
  return failed > 0 || !taskTable.hasTag(status, 'all_sent');
}

/** What the task bears of a retry of several subtasks, until retry-scheduler has carried it out. */
const toRequest = ({ all, reason, operator, selection }: Retry, now: Date) => ({
  ...(all && { retry_all: { requested_time: now, reason, operator, ...(selection && { selection }) } }),
  // What is not selected stays failed.
  ...(all && !selection && { accepted_failures: 0 }),
});
