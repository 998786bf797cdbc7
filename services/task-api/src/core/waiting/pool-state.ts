import type { Node } from '@cyberstroll/contracts';
import { findAvailableNodes, haveFreeSlot, isSilent } from '@cyberstroll/task-state';

export type ListedNode = Pick<Node, 'node_id' | 'status' | 'capacity' | 'pools' | 'last_seen'>;

/** The state of the system around a task, as it was read for one request. */
export interface WaitingContext {
  nodes: readonly ListedNode[];
  /** Number of QUEUED and RUNNING tasks by pool. */
  tasksByPool: ReadonlyMap<string, number>;
  /** RabbitMQ as this process sees it; `blocked` while it has an alarm and accepts no messages. */
  broker: 'up' | 'blocked' | 'down';
  now: Date;
}

/** The facts about a pool that decide whether work waits for it. */
export interface PoolState {
  name: string;
  /** Nodes of the pool that send heartbeats, including draining ones: they finish the subtasks they hold. */
  heard: number;
  /** Nodes of the pool that are offline or silent. */
  silent: number;
  /** The last heartbeat of those silent nodes. */
  lastSeen: Date | undefined;
  /** Available nodes, and the addresses that they can scan at the same time, together. */
  serving: number;
  capacity: number;
  /** The pool has available nodes, and all their slots are in use. */
  isFull: boolean;
  tasks: number;
}

export function toPoolState(name: string, { nodes, tasksByPool, now }: WaitingContext): PoolState {
  const members = nodes.filter(({ pools }) => pools.includes(name));
  const silent = members.filter((node) => isSilent(node, now));
  const heard = members.filter((node) => !isSilent(node, now));
  const serving = findAvailableNodes(heard, name);
  const lastSeen = silent.reduce((latest, node) => Math.max(latest, node.last_seen.getTime()), 0);
  return {
    name,
    heard: heard.length,
    silent: silent.length,
    lastSeen: silent.length > 0 ? new Date(lastSeen) : undefined,
    serving: serving.length,
    capacity: serving.reduce((sum, { capacity }) => sum + capacity, 0),
    isFull: serving.length > 0 && !haveFreeSlot(serving),
    tasks: tasksByPool.get(name) ?? 0,
  };
}
