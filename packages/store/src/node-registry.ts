import type { Node } from '@cyberstroll/contracts';
import type { Models } from './models/create-models';
import type { NodeRegistry } from './store';

export function createNodeRegistry(models: Models): NodeRegistry {
  const nodes = models.nodes.collection;
  const find = async (filter: object) =>
    (await nodes
      .find(filter, { projection: { _id: 0 } })
      .sort({ node_id: 1 })
      .toArray()) as unknown as Node[];

  return {
    async recordHeartbeat({ timestamp: _, ...heartbeat }, now) {
      const before = await nodes.findOneAndUpdate(
        { node_id: heartbeat.node_id },
        {
          $set: { ...heartbeat, current_task_count: heartbeat.current_tasks.length, last_seen: now },
          $setOnInsert: { first_seen: now },
        },
        { upsert: true, returnDocument: 'before', projection: { status: 1, instance_id: 1 } },
      );
      return before ? { before: before as unknown as Pick<Node, 'status' | 'instance_id'> } : {};
    },
    findNodes: () => find({}),
    findOnline: () => find({ status: { $ne: 'offline' } }),
    async setStatus(nodeId, status, unlessSeenAfter) {
      const filter = { node_id: nodeId, ...(unlessSeenAfter && { last_seen: { $lte: unlessSeenAfter } }) };
      const written = await nodes.updateOne(filter, { $set: { status } });
      return written.matchedCount === 1;
    },
  };
}
