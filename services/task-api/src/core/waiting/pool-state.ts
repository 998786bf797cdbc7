import type { Node, Task } from '@cyberstroll/contracts';
import { findAvailableNodes, haveFreeSlot, isSilent, scansBy, takesWork } from '@cyberstroll/task-state';

export type ListedNode = Pick<Node, 'node_id' | 'status' | 'capacity' | 'pools' | 'methods' | 'last_seen'>;

/** What of a task says which nodes may take its work. */
export type PoolWork = { config: Pick<Task['config'], 'pool'>; scan: Pick<Task['scan'], 'method'> };

/** The state of the system around a task, as it was read for one request. */
export interface WaitingContext {
  nodes: readonly ListedNode[];
  /** Number of QUEUED and RUNNING tasks by pool. */
  tasksByPool: ReadonlyMap<string, number>;
  /** RabbitMQ as this process sees it; `blocked` while it has an alarm and accepts no messages. */
  broker: 'up' | 'blocked' | 'down';
  now: Date;
}

/**
 * The facts about a pool that decide whether work of one method waits for it. Its nodes are those that scan by the
 * method.
 */
export interface PoolState {
  name: string;
  method: string;
  /** Nodes of the pool that send heartbeats, including draining ones: they finish the subtasks they hold. */
  heard: number;
  /** Nodes of the pool that are offline or silent. */
  silent: number;
  /** Available nodes of the pool that scan by other methods only. */
  unable: number;
  /** The last heartbeat of those silent nodes. */
  lastSeen: Date | undefined;
  /** Available nodes, and the addresses that they can scan at the same time, together. */
  serving: number;
  capacity: number;
  /** The pool has available nodes, and all their slots are in use. */
  isFull: boolean;
  tasks: number;
}

export function toPoolState(
  { config: { pool: name }, scan: { method } }: PoolWork,
  { nodes, tasksByPool, now }: WaitingContext,
): PoolState {
  const ofPool = nodes.filter(({ pools }) => pools.includes(name));
  const members = ofPool.filter((node) => scansBy(node, method));
  const silent = members.filter((node) => isSilent(node, now));
  const heard = members.filter((node) => !isSilent(node, now));
  const serving = findAvailableNodes(heard, name, method);
  const lastSeen = silent.reduce((latest, node) => Math.max(latest, node.last_seen.getTime()), 0);
  return {
    name,
    method,
    heard: heard.length,
    silent: silent.length,
    unable: ofPool.filter((node) => !scansBy(node, method) && !isSilent(node, now) && takesWork(node)).length,
    lastSeen: silent.length > 0 ? new Date(lastSeen) : undefined,
    serving: serving.length,
    capacity: serving.reduce((sum, { capacity }) => sum + capacity, 0),
    isFull: serving.length > 0 && !haveFreeSlot(serving),
    tasks: tasksByPool.get(name) ?? 0,
  };
}
