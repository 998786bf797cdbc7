import { MAX_COUNTED_NODES, type NodeCountsAnswer } from '@cyberstroll/contracts';
import { type IntervalCounts, sumNodeCounts, toCountsSince } from '@cyberstroll/task-state';
import { mongo } from 'mongoose';
import type { Database } from '../mongodb/models/database';

/** Nodes of a document at most, about 70 bytes each; those beyond are not counted. */
const MAX_NODES = 10_000;

/**
 * What nodes have closed in the last hour (`node_counts`): one document for each interval and updater, which that
 * updater alone writes, again and again while the interval lasts. So no update waits for it, and a write that is
 * repeated counts nothing twice. `instance`: of this process.
 */
export function createNodeCounts(db: Database, instance: string) {
  // An instance that starts again begins at 0, and keeps what it counted before.
  const writer = `${instance} ${new mongo.ObjectId().toHexString()}`;
  return {
    /** Writes all that this process has counted in the interval. */
    async put({ timestamp, nodes }: IntervalCounts): Promise<void> {
      const _id = `${timestamp.getTime()} ${writer}`;
      await db.nodeCounts.replaceOne({ _id }, { timestamp, nodes: nodes.slice(0, MAX_NODES) }, { upsert: true });
    },
    async find(now: Date): Promise<NodeCountsAnswer> {
      const since = { timestamp: { $gte: toCountsSince(now) } };
      const counted = await db.nodeCounts.find<IntervalCounts>(since, { projection: { _id: 0 } }).toArray();
      return sumNodeCounts(counted, now, MAX_COUNTED_NODES);
    },
  };
}
