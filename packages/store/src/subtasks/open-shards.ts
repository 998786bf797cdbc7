import { BoundedMap } from '@cyberstroll/runtime';
import { OPEN_TASK_STATUSES } from '@cyberstroll/state-machine';
import { NOT_DELETING } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { findFields } from '../mongodb/models/fields';
import { updateEach } from '../mongodb/queries/bulk-writes';

/** Counters that are known to be open: about 100 bytes each. */
const MAX_KNOWN = 100_000;

export const toShardId = (taskId: string, shard: string) => `${taskId}:${shard}`;

/**
 * Makes the counters of a shard for open tasks, once per task, before a batch counts in them. The transaction that ends
 * a task writes to all counters that it finds, and so collides with a batch that counts. It cannot find counters that
 * are new. So the `fence` of the task rises after them, which makes such a transaction run again. In the transaction of
 * the batch that would be a write to the task, and batches of a new task would collide with each other.
 */
export function createShardOpener(db: Database) {
  const known = new BoundedMap<string, true>(MAX_KNOWN);

  /** Those that are counted in stay the longest. */
  function isKnown(id: string): boolean {
    const isOpen = known.has(id);
    if (isOpen) known.set(id, true);
    return isOpen;
  }

  return async function openShards(shard: string, taskIds: ReadonlySet<string>): Promise<void> {
    const unknown = [...taskIds].filter((taskId) => !isKnown(toShardId(taskId, shard)));
    if (unknown.length === 0) return;
    const filter = { task_id: { $in: unknown }, status: { $in: OPEN_TASK_STATUSES }, ...NOT_DELETING };
    const open = (await findFields(db.tasks, filter, ['task_id']).toArray()).map(({ task_id }) => task_id);
    if (open.length > 0) {
      const writes = open.map((task_id) => ({
        updateOne: {
          filter: { _id: toShardId(task_id, shard), task_id },
          update: { $setOnInsert: { task_id, shard, seq: 0 } },
          upsert: true,
        },
      }));
      await db.taskProgress.bulkWrite(writes, { ordered: false });
      // Also where they were there: a process with this shard may have died between the two lines.
      const each = open.map((task_id) => ({ task_id }));
      await updateEach(db.tasks, each, { $inc: { fence: 1 } });
    }
    for (const taskId of open) known.set(toShardId(taskId, shard), true);
  };
}
