import { NODE_SAMPLE_SECONDS, NODE_SILENT_AFTER_MS, type NodeSample, SAMPLE_MINUTES } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { Database } from '../mongodb/models/database';
import { findFields, findOneFields } from '../mongodb/models/fields';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';

/** Nodes of one minute, about 115 bytes each. Of more nodes, those that come first by name. */
const MAX_NODES = 10_000;
const FIELDS = ['node_id', 'capacity', 'current_task_count', 'system_info'] as const;

/** Which minute a moment is in: the `_id` of its samples. */
const toMinute = (time: Date): number => Math.floor(time.getTime() / (NODE_SAMPLE_SECONDS * 1_000));

/** Samples of the nodes (`node_samples`): one document each minute with all nodes that send heartbeats, for an hour. */
export function createNodeSamples(db: Database) {
  return {
    /** Writes nothing if this minute has its samples: another leader may have taken them. The number of nodes. */
    async take(now: Date): Promise<number> {
      const heardAfter = new Date(now.getTime() - NODE_SILENT_AFTER_MS);
      const heard = await findFields(db.nodes, { status: { $ne: 'offline' }, last_seen: { $gt: heardAfter } }, FIELDS)
        .sort({ node_id: 1 })
        .limit(MAX_NODES)
        .toArray();
      const nodes = heard.map(({ node_id, capacity: total, current_task_count, system_info }) => {
        const { cpu_usage, memory_usage } = system_info;
        return { node_id, slots: { used: Math.min(current_task_count, total), total }, cpu_usage, memory_usage };
      });
      try {
        await db.nodeSamples.insertOne({ _id: toMinute(now), timestamp: now, nodes });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      return nodes.length;
    },
    /** Those of a node, the oldest first. Rejects with AppError `missing` `node_not_found`. */
    async find(nodeId: string, now: Date): Promise<NodeSample[]> {
      const after = toMinute(now) - (SAMPLE_MINUTES * 60) / NODE_SAMPLE_SECONDS;
      const [node, samples] = await Promise.all([
        findOneFields(db.nodes, { node_id: nodeId }, ['node_id']),
        db.nodeSamples
          .find({ _id: { $gt: after } }, { projection: { timestamp: 1, nodes: { $elemMatch: { node_id: nodeId } } } })
          .sort({ _id: 1 })
          .toArray(),
      ]);
      if (!node) throw new AppError('node_not_found', { field: 'node_id' });
      return samples.flatMap(({ timestamp, nodes: [own] = [] }) => {
        if (!own) return [];
        const { node_id: _, ...sample } = own;
        return [{ timestamp, ...sample }];
      });
    },
  };
}
