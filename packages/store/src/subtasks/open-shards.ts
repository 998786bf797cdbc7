import { BoundedMap } from '@cyberstroll/runtime';
import { OPEN_TASK_STATUSES } from '@cyberstroll/state-machine';
import { NOT_DELETING } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { findFields, IN_ONE_ANSWER } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { updateEach } from '../mongodb/queries/bulk-writes';

/** Counters that are known to be open: about 100 bytes each. What others need is one read for a batch. */
const MAX_KNOWN = 100_000;

export const toShardId = (taskId: string, shard: string) => `${taskId}:${shard}`;

/**
 * Makes the counters of a shard for open tasks, once per task, before a batch counts in them. The transaction that ends
 * a task writes to all counters that it finds, and so collides with a batch that counts. It cannot find counters that
 * are new. So the `fence` of the task rises after them, which makes such a transaction run again. In the transaction of
 * the batch that would be a write to the task, and batches of a new task would collide with each other.
 *
 * A batch counts only in open counters. So those that have been counted in are open, whichever process opened them: one
 * that starts again, or no longer remembers them, only reads that.
 */
export function createShardOpener(db: Database, maxKnown: number = MAX_KNOWN) {
  const known = new BoundedMap<string, true>(maxKnown);

  /** Those that are counted in stay the longest. */
  function isKnown(id: string): boolean {
    const isOpen = known.has(id);
    if (isOpen) known.set(id, true);
    return isOpen;
  }

  /** Those of these tasks whose counters a batch has counted in. */
  async function findCounted(shard: string, taskIds: readonly string[]): Promise<string[]> {
    const _id = { $in: taskIds.map((taskId) => toShardId(taskId, shard)) };
    const filter = { _id, task_id: { $in: [...taskIds] }, seq: { $gt: 0 } };
    const found = await findFields(db.taskProgress, filter, ['task_id'], IN_ONE_ANSWER).toArray();
    return found.map(({ task_id }) => task_id);
  }

  /** Resolves with those that are open. */
  async function open(shard: string, taskIds: readonly string[]): Promise<string[]> {
    const filter = { status: { $in: OPEN_TASK_STATUSES }, ...NOT_DELETING };
    const opened = (await findTasks(db, taskIds, ['task_id'], { filter }).toArray()).map(({ task_id }) => task_id);
    if (opened.length === 0) return [];
    const writes = opened.map((task_id) => ({
      updateOne: {
        filter: { _id: toShardId(task_id, shard), task_id },
        update: { $setOnInsert: { task_id, shard, seq: 0 } },
        upsert: true,
      },
    }));
    await db.taskProgress.bulkWrite(writes, { ordered: false });
    // Also where they were there: a process with this shard may have died between the two lines.
    const each = opened.map((task_id) => ({ task_id }));
    await updateEach(db.tasks, each, { $inc: { fence: 1 } });
    return opened;
  }

  return async function openShards(shard: string, taskIds: ReadonlySet<string>): Promise<void> {
    const unknown = [...taskIds].filter((taskId) => !isKnown(toShardId(taskId, shard)));
    if (unknown.length === 0) return;
    const counted = new Set(await findCounted(shard, unknown));
    const others = unknown.filter((taskId) => !counted.has(taskId));
    const opened = others.length > 0 ? await open(shard, others) : [];
    for (const taskId of [...counted, ...opened]) known.set(toShardId(taskId, shard), true);
  };
}
