import { findAvailableNodes, haveFreeSlot, type Node, toLastGiven } from '@cyberstroll/contracts';

/** A pool as far as it tells where a job may be that nobody has begun. */
export interface PoolOutlook {
  /** Messages that wait in its queue; undefined where RabbitMQ does not know: any of its jobs may be among them. */
  depth: number | undefined;
  /** How long a job may lie with a node that has no slot for it; the broker does not say which do. */
  heldMs: number;
  /** Up to when a job that nobody has begun may have been given to a node that was lost since; undefined where none was. */
  lastGiven: Date | undefined;
}

/** A node takes two jobs ahead, and a job begins when one before it has left room: this many scans, one after the other. */
const SCANS_AHEAD = 3;

/**
 * While a slot of the pool is free, no job needs to lie with a node for long: another could have it. `timeouts` are the
 * `subtask_timeout`s of the pool's open tasks, in seconds.
 */
export function toOutlook(
  pool: string,
  {
    depth,
    nodes,
    lost,
    timeouts,
    now,
  }: {
    depth: number | undefined;
    nodes: readonly Pick<Node, 'status' | 'pools'>[];
    lost: readonly Pick<Node, 'pools' | 'last_seen'>[];
    timeouts: readonly number[];
    now: Date;
  },
): PoolOutlook {
  const isFree = haveFreeSlot(findAvailableNodes(nodes, pool));
  const heldMs = isFree ? 0 : SCANS_AHEAD * Math.max(0, ...timeouts) * 1_000;
  return { depth, heldMs, lastGiven: toLastGiven(lost, pool, now) };
}
