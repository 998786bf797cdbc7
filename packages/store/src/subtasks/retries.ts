import { parseSubTaskId, type SubTask } from '@cyberstroll/contracts';
import type { Database } from '../mongodb/models/database';
import { findFields, type Part } from '../mongodb/models/fields';
import { toSubTaskObjectId } from '../mongodb/models/subtask-object-id';
import { updateEach } from '../mongodb/queries/bulk-writes';
import { anyOf, EVER, indexFirst } from '../mongodb/queries/index-first';

/** The fields of a retry that its job needs. */
export type DueRetry = Part<SubTask, (typeof DUE_RETRY)[number]>;
const DUE_RETRY = ['task_id', 'subtask_id', 'ip', 'attempt', 'last_node'] as const;

/** Retries of a task that were sent, and that no node has claimed. */
export interface SentRetries {
  count: number;
  /** When the first of them is due to be sent again. */
  again: Date;
}

/** How many resumed tasks one search for dropped retries looks at. */
const MAX_RESUMED = 1_000;
const RECALLED_AT_ONCE = 1_000;
const MAX_SENT = 50_000;

const IS_UNCLAIMED = { retry_due_time: { $exists: true } };
/** In the order of their index. */
const ORDER = { task_id: 1, retry_sent_time: 1, retry_due_time: 1 } as const;

/**
 * RETRYING subtasks that no node holds. All are found by task, never by time alone: those that cannot go now, because
 * their task is paused or their pool has no node, are then not looked at, however many they are.
 */
export function createRetryQueries(db: Database) {
  const find = (filter: object, limit: number): Promise<DueRetry[]> =>
    findFields(db.subTasks, filter, DUE_RETRY, { batchSize: limit }).sort(ORDER).limit(limit).toArray();
  const named = (taskIds: readonly string[]) => ({ task_id: anyOf(taskIds) });

  /** Filters, one for each retry of these tasks that was sent then and is not due yet. */
  async function findWaiting(
    taskIds: readonly string[],
    { sentTime, now, limit }: { sentTime: object; now: Date; limit: number },
  ) {
    const waits = { retry_due_time: { $gt: now } };
    const sent = { retry_sent_time: { $gt: EVER, ...sentTime } };
    const filter = indexFirst({ ...named(taskIds), ...waits }, sent);
    const found = db.subTasks.find(filter, { projection: { _id: 1 } }).limit(limit);
    return (await found.toArray()).map(({ _id }) => ({ ...waits, ...sent, _id }));
  }

  async function recall(taskId: string, resumedTime: Date, now: Date): Promise<number> {
    const each = await findWaiting([taskId], { sentTime: { $lt: resumedTime }, now, limit: RECALLED_AT_ONCE });
    const recalled = await updateEach(db.subTasks, each, {
      $set: { retry_due_time: now },
      $unset: { retry_sent_time: '' },
    });
    return each.length < RECALLED_AT_ONCE ? recalled : recalled + (await recall(taskId, resumedTime, now));
  }

  return {
    /** Retries of these tasks that were never sent and are due; one task after the other, by id, the oldest first. */
    async findDueRetries(taskIds: readonly string[], now: Date, limit: number): Promise<DueRetry[]> {
      if (taskIds.length === 0) return [];
      const due = { ...named(taskIds), retry_due_time: { $lte: now } };
      return find(indexFirst(due, { retry_sent_time: { $exists: false } }), limit);
    },
    /** By task, of 50,000 retries at most. Tasks without any are missing. */
    async findSentRetries(taskIds: readonly string[]): Promise<Map<string, SentRetries>> {
      if (taskIds.length === 0) return new Map();
      const known = { ...named(taskIds), retry_due_time: { $gt: EVER } };
      const groups = db.subTasks.aggregate<{ _id: string } & SentRetries>([
        { $match: indexFirst(known, { retry_sent_time: { $gt: EVER } }) },
        { $limit: MAX_SENT },
        { $group: { _id: '$task_id', count: { $sum: 1 }, again: { $min: '$retry_due_time' } } },
      ]);
      return new Map((await groups.toArray()).map(({ _id, ...rest }) => [_id, rest]));
    },
    /** Retries of these tasks that were sent and are due again; one task after the other. */
    async findLostRetries(taskIds: readonly string[], now: Date, limit: number): Promise<DueRetry[]> {
      if (taskIds.length === 0) return [];
      const due = { ...named(taskIds), retry_due_time: { $lte: now } };
      return find(indexFirst(due, { retry_sent_time: { $gt: EVER } }), limit);
    },
    /** Notes that these retries were sent. A retry that no node has claimed by `again` is due again then. */
    async markRetriesSent(subTaskIds: readonly string[], again: Date): Promise<void> {
      const ids = subTaskIds.map(parseSubTaskId).filter((id) => id !== undefined);
      const each = ids.map(({ taskId, index }) => ({ ...IS_UNCLAIMED, _id: toSubTaskObjectId(taskId, index) }));
      await updateEach(db.subTasks, each, { $set: { retry_due_time: again, retry_sent_time: new Date() } });
    },
    /**
     * Makes retries of these tasks due again at once that were sent by `sentBefore` and that no node has claimed;
     * `limit` at most. Resolves with their number.
     */
    async recallSentRetries(
      taskIds: readonly string[],
      { sentBefore, now, limit }: { sentBefore: Date; now: Date; limit: number },
    ): Promise<number> {
      if (taskIds.length === 0) return 0;
      const each = await findWaiting(taskIds, { sentTime: { $lte: sentBefore }, now, limit });
      return updateEach(db.subTasks, each, { $set: { retry_due_time: now } });
    },
    /**
     * Nodes drop the jobs of a paused or held task. So retries that were sent before it was resumed become due at once,
     * as if they had never been sent. Covers tasks that were resumed after `resumedAfter`. Resolves with the number of
     * retries.
     */
    async recallRetries(resumedAfter: Date, now: Date): Promise<number> {
      const isRunning = { status: 'RUNNING', hold: { $exists: false } } as const;
      const isResumed = indexFirst({ resumed_time: { $gt: resumedAfter } }, isRunning);
      const resumed = await findFields(db.tasks, isResumed, ['task_id', 'resumed_time']).limit(MAX_RESUMED).toArray();
      let recalled = 0;
      for (const { task_id, resumed_time } of resumed) {
        recalled += await recall(task_id, resumed_time!, now);
      }
      return recalled;
    },
  };
}
