import { findAvailableNodes, haveFreeSlot, isSilent, type Node } from '@cyberstroll/contracts';

export type ListedNode = Pick<Node, 'node_id' | 'status' | 'capacity' | 'pools' | 'last_seen'>;

/** What is around a task, as it was read for one request. */
export interface WaitingContext {
  nodes: readonly ListedNode[];
  /** By pool: its tasks that are QUEUED or RUNNING. */
  tasksByPool: ReadonlyMap<string, number>;
  /** How this process finds RabbitMQ; `blocked` while it has an alarm and takes no messages. */
  broker: 'up' | 'blocked' | 'down';
  now: Date;
}

/** A pool as far as work may wait for it. */
export interface PoolState {
  name: string;
  /** Nodes of the pool that are heard, draining ones included: what they hold goes on. */
  heard: number;
  /** Nodes of the pool that were known once and are offline or silent. */
  silent: number;
  /** When one of them was heard last. */
  lastSeen: Date | undefined;
  /** Nodes that take new work, and the addresses that they scan at once, together. */
  serving: number;
  capacity: number;
  /** It has nodes that take work, and all their slots are taken. */
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
