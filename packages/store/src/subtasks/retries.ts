import { parseSubTaskId, type SubTask } from '@cyberstroll/contracts';
import type { Database } from '../mongodb/models/database';
import { findFields, type Part } from '../mongodb/models/fields';
import { toSubTaskObjectId } from '../mongodb/models/subtask-object-id';
import { updateEach } from '../mongodb/queries/bulk-writes';
import { anyOf, EVER, indexFirst } from '../mongodb/queries/index-first';

/** The fields of a retry that its job needs. */
export type DueRetry = Part<SubTask, (typeof DUE_RETRY)[number]>;
const DUE_RETRY = ['task_id', 'subtask_id', 'ip', 'attempt', 'last_node'] as const;

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

  /**
   * Makes retries that were sent due at once, as if they never had been: `limit` at most. Resolves with their number.
   */
  async function recall(taskIds: readonly string[], which: object, now: Date, limit: number): Promise<number> {
    if (taskIds.length === 0) return 0;
    const known = { ...named(taskIds), retry_due_time: { $gt: EVER } };
    const sent = { retry_sent_time: { $gt: EVER } };
    const filter = indexFirst(known, sent, which);
    const found = await db.subTasks
      .find(filter, { projection: { _id: 1 }, batchSize: limit })
      .limit(limit)
      .toArray();
    return updateEach(
      db.subTasks,
      found.map(({ _id }) => ({ ...sent, ...which, _id })),
      { $set: { retry_due_time: now }, $unset: { retry_sent_time: '' } },
    );
  }

  async function recallAll(taskId: string, which: object, now: Date): Promise<number> {
    const recalled = await recall([taskId], which, now, RECALLED_AT_ONCE);
    return recalled < RECALLED_AT_ONCE ? recalled : recalled + (await recallAll(taskId, which, now));
  }

  return {
    /** Retries of these tasks that were never sent and are due; one task after the other, by id, the oldest first. */
    async findDueRetries(taskIds: readonly string[], now: Date, limit: number): Promise<DueRetry[]> {
      if (taskIds.length === 0) return [];
      const due = { ...named(taskIds), retry_due_time: { $lte: now } };
      return find(indexFirst(due, { retry_sent_time: { $exists: false } }), limit);
    },
    /**
     * By task: how many of its retries were sent and are not claimed, of 50,000 at most. Tasks without any are missing.
     */
    async countSentRetries(taskIds: readonly string[]): Promise<Map<string, number>> {
      if (taskIds.length === 0) return new Map();
      const known = { ...named(taskIds), retry_due_time: { $gt: EVER } };
      const groups = db.subTasks.aggregate<{ _id: string; count: number }>([
        { $match: indexFirst(known, { retry_sent_time: { $gt: EVER } }) },
        { $limit: MAX_SENT },
        { $group: { _id: '$task_id', count: { $sum: 1 } } },
      ]);
      return new Map((await groups.toArray()).map(({ _id, count }) => [_id, count]));
    },
    /** Notes that these retries are sent now. `again`: one that no node has claimed by then may be lost. */
    async markRetriesSent(subTaskIds: readonly string[], again: Date, now: Date = new Date()): Promise<void> {
      const ids = subTaskIds.map(parseSubTaskId).filter((id) => id !== undefined);
      const each = ids.map(({ taskId, index }) => ({ ...IS_UNCLAIMED, _id: toSubTaskObjectId(taskId, index) }));
      await updateEach(db.subTasks, each, { $set: { retry_due_time: again, retry_sent_time: now } });
    },
    /** Recalls the retries of these tasks that were sent by `sentBefore` and that no node has claimed. */
    recallSentRetries: (
      taskIds: readonly string[],
      { sentBefore, now, limit }: { sentBefore: Date; now: Date; limit: number },
    ): Promise<number> => recall(taskIds, { retry_sent_time: { $lte: sentBefore } }, now, limit),
    /**
     * Nodes drop the jobs of a paused or held task: recalls what was sent before it was resumed. Covers tasks that were
     * resumed after `resumedAfter`.
     */
    async recallRetries(resumedAfter: Date, now: Date): Promise<number> {
      const isRunning = { status: 'RUNNING', hold: { $exists: false } } as const;
      const isResumed = indexFirst({ resumed_time: { $gt: resumedAfter } }, isRunning);
      const resumed = await findFields(db.tasks, isResumed, ['task_id', 'resumed_time']).limit(MAX_RESUMED).toArray();
      let recalled = 0;
      for (const { task_id, resumed_time } of resumed) {
        recalled += await recallAll(task_id, { retry_sent_time: { $lt: resumed_time } }, now);
      }
      return recalled;
    },
  };
}
