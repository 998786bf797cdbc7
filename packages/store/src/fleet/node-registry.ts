import {
  type Heartbeat,
  type ListNodesQuery,
  LOSS_MATTERS_MS,
  NODE_SILENT_AFTER_MS,
  type Node,
  type NodeStatus,
  type Page,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { listPools } from '@cyberstroll/task-state';
import type { Models } from '../mongodb/create-models';
import { isDuplicateKey } from '../mongodb/mongo-errors';
import { takePage } from '../mongodb/take-page';

/** A node as clients see it: in a list the first hundred of what it runs, `current_task_count` says how many there are. */
export type NodeView = Omit<Node, keyof typeof PROCESSES>;
/** What was known of a node when it was heard. */
export type NodeBefore = Pick<Node, 'status' | 'instance_id' | 'said_goodbye' | 'rivals'>;
/** A node as far as it tells which process of it is the present one. */
export type NodeProcesses = Pick<Node, 'node_id' | 'instance_id' | 'status' | 'last_seen' | keyof typeof PROCESSES>;
export type TakingNode = Pick<Node, 'node_id' | 'status' | 'capacity' | 'pools'>;
export type LostNode = Pick<Node, 'node_id' | 'last_seen' | 'pools'>;

export interface NodeRegistry {
  /**
   * Upserts the node; tells what was known of it before. Nothing is written where it comes from another process than the node's present
   * one (`isRival`): from one that another has followed, or from a new one while the present one is heard and the id was shared lately.
   */
  recordHeartbeat(
    heartbeat: Heartbeat,
    now: Date,
    timeoutMs?: number,
  ): Promise<{ isRival: false; before?: NodeBefore } | { isRival: true; node: NodeProcesses }>;
  /** Unless the node's present process is another by now. */
  setProcesses(
    node: Pick<NodeProcesses, 'node_id' | 'instance_id'>,
    change: Partial<Pick<Node, 'instance_id' | keyof typeof PROCESSES>>,
  ): Promise<void>;
  /** All of them, or those of these names. */
  findNodes(nodeIds?: readonly string[]): Promise<Node[]>;
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
  findAvailableNodes(): Promise<TakingNode[]>;
  /** Nodes that are offline, said no goodbye, and were heard within the last minute (`LOSS_MATTERS_MS`). */
  findLost(now: Date): Promise<LostNode[]>;
  /** Sets the status unless a heartbeat came since `unlessSeenAfter`. False where one did. */
  setStatus(nodeId: string, status: NodeStatus, unlessSeenAfter?: Date): Promise<boolean>;
}

/** Former processes of a node that are remembered: a heartbeat on its way is not older than these. */
const MAX_FORMER = 32;
const LISTED_CURRENT_TASKS = 100;
/** For so long after two processes were seen under one id, a new one is not believed to follow the present one while that is heard. */
const SHARED_FOR_MS = 600_000;
/** What of a node tells of its processes: nobody's but the monitor's. */
const PROCESSES = {
  instance_since: 0,
  former_instances: 0,
  rivals: 0,
  superseded_instances: 0,
  shared_time: 0,
} as const;

const ONLINE = { status: { $ne: 'offline' } };

export function createNodeRegistry(models: Models): NodeRegistry {
  const nodes = models.nodes.collection;
  const find = async (filter: object) =>
    (await nodes
      .find(filter, { projection: { _id: 0 } })
      .sort({ node_id: 1 })
      .toArray()) as unknown as Node[];

  return {
    async recordHeartbeat({ timestamp, ...heartbeat }, now, timeoutMs = NODE_SILENT_AFTER_MS) {
      const { node_id, instance_id } = heartbeat;
      const write = toWrite({ ...heartbeat, clock_offset: (timestamp - now.getTime()) / 1_000 }, now);
      const projection = { _id: 0, status: 1, instance_id: 1, said_goodbye: 1, rivals: 1 };
      const options = { returnDocument: 'before', projection } as const;
      const ago = (ms: number) => new Date(now.getTime() - ms);
      const mayFollow = [
        { status: 'offline' },
        { last_seen: { $lt: ago(timeoutMs) } },
        { shared_time: { $not: { $gt: ago(SHARED_FOR_MS) } } },
      ];
      for (;;) {
        const known = await nodes.findOneAndUpdate({ node_id, instance_id }, write, options);
        if (known) return { isRival: false, before: known as unknown as NodeBefore };
        try {
          const filter = { node_id, former_instances: { $ne: instance_id }, $or: mayFollow };
          const before = await nodes.findOneAndUpdate(filter, write, { ...options, upsert: true });
          return { isRival: false, ...(before && { before: before as unknown as NodeBefore }) };
        } catch (error) {
          // Either it is a rival, or another heartbeat has made the document in between.
          if (!isDuplicateKey(error)) throw error;
          const node = await nodes.findOne({ node_id }, { projection: { ...toOnes(PROCESSES), ...WHO } });
          if (node && isRival(node as unknown as NodeProcesses)) {
            return { isRival: true, node: node as unknown as NodeProcesses };
          }
        }
      }

      /** As the filters have it. Where it is not, they fit by now. */
      function isRival({ former_instances = [], status, last_seen, shared_time, ...node }: NodeProcesses): boolean {
        if (node.instance_id === instance_id) return false;
        if (former_instances.includes(instance_id)) return true;
        const isHeard = status !== 'offline' && last_seen >= ago(timeoutMs);
        return isHeard && shared_time !== undefined && shared_time > ago(SHARED_FOR_MS);
      }
    },
    async setProcesses({ node_id, instance_id }, change) {
      await nodes.updateOne({ node_id, instance_id }, { $set: change });
    },
    findNodes: (nodeIds) => find(nodeIds ? { node_id: { $in: nodeIds } } : {}),
    async findPage({ status, pool, limit, cursor }) {
      const filter = {
        ...(status && { status }),
        ...(pool && { pools: pool }),
        ...(cursor && { node_id: { $gt: cursor } }),
      };
      const projection = { _id: 0, ...PROCESSES, current_tasks: { $slice: LISTED_CURRENT_TASKS } };
      const found = nodes.find(filter, { projection }).sort({ node_id: 1 });
      return takePage<NodeView>(found, limit, ({ node_id }) => node_id);
    },
    async getNode(nodeId) {
      const found = await nodes.findOne({ node_id: nodeId }, { projection: { _id: 0, ...PROCESSES } });
      if (found) return found as unknown as NodeView;
      throw new AppError('node_not_found', { field: 'node_id' });
    },
    async findPools() {
      const found = await nodes.find({}, { projection: { _id: 0, pools: 1 } }).toArray();
      return listPools(found as unknown as Node[]);
    },
    findOnline: () => find(ONLINE),
    countOnline: () => nodes.countDocuments(ONLINE),
    async findAvailableNodes() {
      const projection = { _id: 0, node_id: 1, status: 1, capacity: 1, pools: 1 };
      const taking = nodes.find({ status: { $nin: ['offline', 'draining'] } }, { projection });
      return (await taking.toArray()) as unknown as TakingNode[];
    },
    async findLost(now) {
      const seenAfter = new Date(now.getTime() - LOSS_MATTERS_MS);
      const filter = { status: 'offline', last_seen: { $gt: seenAfter }, said_goodbye: { $ne: true } };
      const lost = nodes.find(filter, { projection: { _id: 0, node_id: 1, last_seen: 1, pools: 1 } });
      return (await lost.toArray()) as unknown as LostNode[];
    },
    async setStatus(nodeId, status, unlessSeenAfter) {
      const filter = { node_id: nodeId, ...(unlessSeenAfter && { last_seen: { $lte: unlessSeenAfter } }) };
      const written = await nodes.updateOne(filter, { $set: { status } });
      return written.matchedCount === 1;
    },
  };
}

const WHO = { _id: 0, node_id: 1, instance_id: 1, status: 1, last_seen: 1 };
const toOnes = (fields: object) => Object.fromEntries(Object.keys(fields).map((name) => [name, 1]));

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
        instance_since: { $cond: [follows, now, { $ifNull: ['$instance_since', now] }] },
      },
    },
  ];
}
