import type { Heartbeat, ListNodesQuery, Node, NodeStatus, Page } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { isDuplicateKey } from './connection';
import { listPools } from './list-pools';
import type { Models } from './models/create-models';

/** A node as clients see it: in a list the first hundred of what it runs, `current_task_count` says how many there are. */
export type NodeView = Omit<Node, 'former_instances'>;
/** What was known of a node when it was heard. */
export type NodeBefore = Pick<Node, 'status' | 'instance_id' | 'said_goodbye'>;
export type TakingNode = Pick<Node, 'node_id' | 'status' | 'capacity' | 'pools'>;

export interface NodeRegistry {
  /**
   * Upserts the node; tells what was known of it before. Where it comes from a process of the node that another has followed
   * (`isFormer`), nothing is written.
   */
  recordHeartbeat(heartbeat: Heartbeat, now: Date): Promise<{ isFormer: boolean; before?: NodeBefore }>;
  findNodes(): Promise<Node[]>;
  /** By name, from after the node that the cursor names. */
  findPage(query: ListNodesQuery): Promise<Page<NodeView>>;
  /** Throws AppError missing `node_not_found`. */
  getNode(nodeId: string): Promise<NodeView>;
  /** The pools that nodes serve, those of most nodes first; 100 at most. */
  findPools(): Promise<string[]>;
  /** Nodes that are not offline. */
  findOnline(): Promise<Node[]>;
  /** How many are not offline. */
  countOnline(): Promise<number>;
  /** Nodes that take new work. */
  findTakers(): Promise<TakingNode[]>;
  /** Sets the status unless a heartbeat came since `unlessSeenAfter`. False where one did. */
  setStatus(nodeId: string, status: NodeStatus, unlessSeenAfter?: Date): Promise<boolean>;
}

/** Former processes of a node that are remembered: a heartbeat on its way is not older than these. */
const MAX_FORMER = 32;
const LISTED_CURRENT_TASKS = 100;

const ONLINE = { status: { $ne: 'offline' } };

export function createNodeRegistry(models: Models): NodeRegistry {
  const nodes = models.nodes.collection;
  const find = async (filter: object) =>
    (await nodes
      .find(filter, { projection: { _id: 0 } })
      .sort({ node_id: 1 })
      .toArray()) as unknown as Node[];

  return {
    async recordHeartbeat({ timestamp, ...heartbeat }, now) {
      const { node_id, instance_id } = heartbeat;
      for (;;) {
        try {
          const before = await nodes.findOneAndUpdate(
            { node_id, former_instances: { $ne: instance_id } },
            toWrite({ ...heartbeat, clock_offset: (timestamp - now.getTime()) / 1_000 }, now),
            { upsert: true, returnDocument: 'before', projection: { status: 1, instance_id: 1, said_goodbye: 1 } },
          );
          return {
            isFormer: false,
            ...(before && { before: before as unknown as NodeBefore }),
          };
        } catch (error) {
          // Either it is a former process, or another heartbeat has made the document in between.
          if (!isDuplicateKey(error)) throw error;
          if (await nodes.findOne({ node_id, former_instances: instance_id }, { projection: { _id: 1 } })) {
            return { isFormer: true };
          }
        }
      }
    },
    findNodes: () => find({}),
    async findPage({ status, pool, limit, cursor }) {
      const filter = {
        ...(status && { status }),
        ...(pool && { pools: pool }),
        ...(cursor && { node_id: { $gt: cursor } }),
      };
      const projection = { _id: 0, former_instances: 0, current_tasks: { $slice: LISTED_CURRENT_TASKS } };
      const found = (await nodes
        .find(filter, { projection })
        .sort({ node_id: 1 })
        .limit(limit + 1)
        .toArray()) as unknown as NodeView[];
      const items = found.slice(0, limit);
      return { items, ...(found.length > limit && { next_cursor: items.at(-1)!.node_id }) };
    },
    async getNode(nodeId) {
      const found = await nodes.findOne({ node_id: nodeId }, { projection: { _id: 0, former_instances: 0 } });
      if (found) return found as unknown as NodeView;
      throw new AppError('missing', 'node_not_found', 'there is no such node', { field: 'node_id' });
    },
    async findPools() {
      const found = await nodes.find({}, { projection: { _id: 0, pools: 1 } }).toArray();
      return listPools(found as unknown as Node[]);
    },
    findOnline: () => find(ONLINE),
    countOnline: () => nodes.countDocuments(ONLINE),
    async findTakers() {
      const projection = { _id: 0, node_id: 1, status: 1, capacity: 1, pools: 1 };
      const taking = nodes.find({ status: { $nin: ['offline', 'draining'] } }, { projection });
      return (await taking.toArray()) as unknown as TakingNode[];
    },
    async setStatus(nodeId, status, unlessSeenAfter) {
      const filter = { node_id: nodeId, ...(unlessSeenAfter && { last_seen: { $lte: unlessSeenAfter } }) };
      const written = await nodes.updateOne(filter, { $set: { status } });
      return written.matchedCount === 1;
    },
  };
}

/** As a pipeline, so that the process that this one follows is read and noted in the same write. */
function toWrite(heartbeat: Omit<Heartbeat, 'timestamp'> & Pick<Node, 'clock_offset'>, now: Date) {
  const facts = {
    ...heartbeat,
    current_task_count: heartbeat.current_tasks.length,
    last_seen: now,
    said_goodbye: heartbeat.status === 'offline',
  };
  const literals = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, { $literal: value }]));
  const present = { $literal: heartbeat.instance_id };
  const former = { $ifNull: ['$former_instances', []] };
  const follows = { $ne: [{ $ifNull: ['$instance_id', present] }, present] };
  const longer = { $slice: [{ $concatArrays: [former, ['$instance_id']] }, -MAX_FORMER] };
  return [
    {
      $set: {
        ...literals,
        first_seen: { $ifNull: ['$first_seen', now] },
        former_instances: { $cond: [follows, longer, former] },
      },
    },
  ];
}
