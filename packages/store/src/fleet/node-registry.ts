import {
  type Heartbeat,
  type ListNodesQuery,
  NODE_PROCESS_FIELDS,
  NODE_SILENT_AFTER_MS,
  type Node,
  type NodeStatus,
  type NodeView,
  nodeSchema,
  type Page,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { LOSS_MATTERS_MS, MAX_POOLS } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/models/database';
import type { NodeDocument } from '../mongodb/models/documents';
import { findFields, findOneFields, project, WITHOUT_ID } from '../mongodb/models/fields';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { createCheck } from '../mongodb/queries/readable';
import { takePage } from '../mongodb/queries/take-page';
import { readTaskPages, toTaskPages } from './task-pages';

/** What was known about a node when its heartbeat arrived. */
export type NodeBefore = Pick<Node, (typeof BEFORE)[number]>;
/** The fields of a node that say which of its processes is the present one. */
export type NodeProcesses = Pick<Node, (typeof PROCESS_FIELDS)[number]>;
export type TakingNode = Pick<Node, (typeof TAKING)[number]>;
export type LostNode = Pick<Node, (typeof LOST)[number]>;
export type HeardNode = Pick<Node, (typeof ONLINE_NODE)[number]>;
export type SeenNode = Pick<Node, (typeof SEEN)[number]>;

type StoredNode = Omit<NodeDocument, '_id'>;
type StoredView = Omit<StoredNode, keyof typeof NODE_PROCESS_FIELDS>;

export type NodeRegistry = ReturnType<typeof createNodeRegistry>;

/**
 * How many former processes of a node are remembered. A heartbeat that is still on its way is not from an older one.
 */
const MAX_FORMER = 32;
/**
 * After two processes were seen under one id, a new process does not replace the present one for this long, while the
 * present one sends heartbeats.
 */
const SHARED_FOR_MS = 600_000;
const VIEW = {
  _id: 0,
  ...Object.fromEntries(Object.keys(NODE_PROCESS_FIELDS).map((field) => [field, 0] as const)),
};

const BEFORE = ['status', 'instance_id', 'said_goodbye', 'rivals'] as const;
const PROCESS_FIELDS = [
  'node_id',
  'instance_id',
  'status',
  'last_seen',
  'instance_since',
  'former_instances',
  'rivals',
  'superseded_instances',
  'shared_time',
] as const;
const TAKING = ['node_id', 'status', 'capacity', 'pools', 'methods'] as const;
/** What a heartbeat may leave out. */
const OPTIONAL = ['methods', 'version', 'contract'] as const;
const LOST = ['node_id', 'last_seen', 'pools'] as const;
const ONLINE_NODE = ['node_id', 'status', 'instance_id', 'first_seen', 'last_seen'] as const;
const SEEN = ['node_id', 'status', 'last_seen', 'said_goodbye'] as const;

/** What is held is in pages. */
const storedSchema = nodeSchema.omit({ current_tasks: true });
const isNode = createCheck(storedSchema, Object.keys(storedSchema.shape));
const viewSchema = storedSchema.omit(NODE_PROCESS_FIELDS);
const isView = createCheck(viewSchema, Object.keys(viewSchema.shape));
const isTaking = createCheck(storedSchema, TAKING);
const isLost = createCheck(storedSchema, LOST);
const isOnline = createCheck(storedSchema, ONLINE_NODE);
const isSeen = createCheck(storedSchema, SEEN);

const ONLINE = { status: { $ne: 'offline' } } as const;

export function createNodeRegistry(db: Database) {
  async function getNode(nodeId: string): Promise<NodeView> {
    const found = await db.nodes.findOne<StoredView>({ node_id: nodeId }, { projection: VIEW });
    if (found) return toView(found);
    throw new AppError('node_not_found', { field: 'node_id' });
  }

  async function find(filter: object): Promise<Node[]> {
    const found = await db.nodes.find<StoredNode>(filter, WITHOUT_ID).sort({ node_id: 1 }).toArray();
    return found.filter(isNode).map(readTaskPages);
  }

  return {
    /**
     * Upserts the node, and returns what was known about it before. Nothing is written if the heartbeat comes from a
     * rival process (`isRival`): one that another process has followed, or a new one while the present one still
     * sends heartbeats and the id was shared recently.
     */
    async recordHeartbeat(
      { timestamp, ...heartbeat }: Heartbeat,
      now: Date,
      timeoutMs: number = NODE_SILENT_AFTER_MS,
    ): Promise<{ isRival: false; before?: NodeBefore } | { isRival: true; node: NodeProcesses }> {
      const { node_id, instance_id } = heartbeat;
      const write = toWrite({ ...heartbeat, clock_offset: (timestamp - now.getTime()) / 1_000 }, now);
      const options = { returnDocument: 'before', projection: project(BEFORE) } as const;
      const ago = (ms: number) => new Date(now.getTime() - ms);
      const mayFollow = [
        { status: 'offline' as const },
        { last_seen: { $lt: ago(timeoutMs) } },
        { shared_time: { $not: { $gt: ago(SHARED_FOR_MS) } } },
      ];
      for (;;) {
        const known = await db.nodes.findOneAndUpdate({ node_id, instance_id }, write, options);
        if (known) return { isRival: false, before: known };
        try {
          const filter = { node_id, former_instances: { $ne: instance_id }, $or: mayFollow };
          const before = await db.nodes.findOneAndUpdate(filter, write, { ...options, upsert: true });
          return { isRival: false, ...(before && { before }) };
        } catch (error) {
          // Either it is a rival, or another heartbeat created the document in between.
          if (!isDuplicateKey(error)) throw error;
          const node = await findOneFields(db.nodes, { node_id }, PROCESS_FIELDS);
          if (node && isRival(node)) return { isRival: true, node };
        }
      }

      /** The same condition as the filters. If it is false now, the filters match on the next try. */
      function isRival({ former_instances = [], status, last_seen, shared_time, ...node }: NodeProcesses): boolean {
        if (node.instance_id === instance_id) return false;
        if (former_instances.includes(instance_id)) return true;
        const isHeard = status !== 'offline' && last_seen >= ago(timeoutMs);
        return isHeard && shared_time !== undefined && shared_time > ago(SHARED_FOR_MS);
      }
    },
    /** Writes nothing if the node's present process has changed. */
    async setProcesses(
      { node_id, instance_id }: Pick<NodeProcesses, 'node_id' | 'instance_id'>,
      change: Partial<Pick<Node, 'instance_id' | keyof typeof NODE_PROCESS_FIELDS>>,
    ): Promise<void> {
      await db.nodes.updateOne({ node_id, instance_id }, { $set: change });
    },
    /** All nodes, or those with these ids, each with all that it holds. */
    findNodes: (nodeIds?: readonly string[]): Promise<Node[]> => find(nodeIds ? { node_id: { $in: nodeIds } } : {}),
    /** Nodes that sent a heartbeat after `since`, and those with these ids. */
    async findSeen(since: Date, nodeIds: readonly string[]): Promise<SeenNode[]> {
      const filter = { $or: [{ last_seen: { $gt: since } }, { node_id: { $in: nodeIds } }] };
      return (await findFields(db.nodes, filter, SEEN).sort({ node_id: 1 }).toArray()).filter(isSeen);
    },
    /** By name, after the node that the cursor names. */
    async findPage({ status, pool, limit, cursor }: ListNodesQuery): Promise<Page<NodeView>> {
      const filter = {
        ...(status && { status }),
        ...(pool && { pools: pool }),
        ...(cursor && { node_id: { $gt: cursor } }),
      };
      const projection = { ...VIEW, task_pages: { $slice: 1 } };
      const found = db.nodes.find<StoredView>(filter, { projection }).sort({ node_id: 1 });
      const page = await takePage(found, limit, ({ node_id }) => node_id);
      return { ...page, items: page.items.filter(isView).map(toView) };
    },
    /** Rejects with AppError `missing` `node_not_found`. */
    getNode,
    /**
     * Removes a node that is offline, and returns it as it was. Rejects with AppError `missing` `node_not_found`, or
     * `conflict` `node_alive`, also within the minute (`LOSS_MATTERS_MS`) in which its loss decides which jobs are sent
     * again.
     */
    async remove(nodeId: string, now: Date): Promise<NodeView> {
      const isOver = [{ said_goodbye: true }, { last_seen: { $lte: new Date(now.getTime() - LOSS_MATTERS_MS) } }];
      const filter = { node_id: nodeId, status: 'offline' as const, $or: isOver };
      const removed = await db.nodes.findOneAndDelete(filter, { projection: VIEW });
      if (removed) return toView(removed);
      const { status, last_seen } = await getNode(nodeId);
      throw new AppError('node_alive', {
        detail: `it is ${status}, its last heartbeat was at ${last_seen.toISOString()}`,
      });
    },
    /** The pools that nodes serve, those with the most nodes first; 100 at most. */
    async findPools(): Promise<string[]> {
      const counted = await db.nodes
        .aggregate<{ _id: string }>([
          { $unwind: '$pools' },
          { $group: { _id: '$pools', nodes: { $sum: 1 } } },
          { $sort: { nodes: -1, _id: 1 } },
          { $limit: MAX_POOLS },
        ])
        .toArray();
      return counted.map(({ _id }) => _id);
    },
    /** Nodes that are not offline. */
    findOnline: async (): Promise<HeardNode[]> =>
      (await findFields(db.nodes, ONLINE, ONLINE_NODE).sort({ node_id: 1 }).toArray()).filter(isOnline),
    /** How many are not offline. */
    countOnline: (): Promise<number> => db.nodes.countDocuments(ONLINE),
    /** Nodes that can take work now. */
    async findAvailableNodes(): Promise<TakingNode[]> {
      const isAvailable = { status: { $nin: ['offline', 'draining'] } } as const;
      return (await findFields(db.nodes, isAvailable, TAKING).toArray()).filter(isTaking);
    },
    /** Nodes that are offline, said no goodbye, and sent a heartbeat within the last minute (`LOSS_MATTERS_MS`). */
    async findLost(now: Date): Promise<LostNode[]> {
      const seenAfter = new Date(now.getTime() - LOSS_MATTERS_MS);
      const filter = { status: 'offline', last_seen: { $gt: seenAfter }, said_goodbye: { $ne: true } } as const;
      return (await findFields(db.nodes, filter, LOST).toArray()).filter(isLost);
    },
    /** Sets the status, unless a heartbeat arrived after `unlessSeenAfter`. False if one did. */
    async setStatus(nodeId: string, status: NodeStatus, unlessSeenAfter?: Date): Promise<boolean> {
      const filter = { node_id: nodeId, ...(unlessSeenAfter && { last_seen: { $lte: unlessSeenAfter } }) };
      const written = await db.nodes.updateOne(filter, { $set: { status } });
      return written.matchedCount === 1;
    },
  };
}

/** What an offline node ran at its last heartbeat is done elsewhere. */
const toView = (stored: StoredView): NodeView =>
  stored.status === 'offline'
    ? readTaskPages({ ...stored, task_pages: [], current_task_count: 0 })
    : readTaskPages(stored);

/** A pipeline, so that one write reads the previous process and notes it. */
function toWrite(
  { current_tasks, ...heartbeat }: Omit<Heartbeat, 'timestamp'> & Pick<Node, 'clock_offset'>,
  now: Date,
) {
  const facts = {
    ...heartbeat,
    task_pages: toTaskPages(current_tasks),
    current_task_count: current_tasks.length,
    last_seen: now,
    said_goodbye: heartbeat.status === 'offline',
  };
  const present = { $literal: heartbeat.instance_id };
  const former = { $ifNull: ['$former_instances', []] };
  const follows = { $ne: [{ $ifNull: ['$instance_id', present] }, present] };
  /** An earlier process may have said it. */
  const unsaid = OPTIONAL.filter((field) => heartbeat[field] === undefined);
  const longer = { $slice: [{ $concatArrays: [former, ['$instance_id']] }, -MAX_FORMER] };
  return [
    {
      $replaceWith: {
        $mergeObjects: [
          '$$ROOT',
          { $literal: facts },
          {
            first_seen: { $ifNull: ['$first_seen', now] },
            former_instances: { $cond: [follows, longer, former] },
            instance_since: { $cond: [follows, now, { $ifNull: ['$instance_since', now] }] },
          },
        ],
      },
    },
    ...(unsaid.length > 0 ? [{ $unset: unsaid }] : []),
  ];
}
