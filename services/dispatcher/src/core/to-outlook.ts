import { findTakers, haveFreeSlot, type Node } from '@cyberstroll/contracts';

/** A pool as far as it tells where a job may be that nobody has begun. */
export interface PoolOutlook {
  /** Messages that wait in its queue. */
  depth: number;
  /** How long a job may lie with a node that has no slot for it; the broker does not say which do. */
  heldMs: number;
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
    timeouts,
  }: { depth: number; nodes: readonly Pick<Node, 'status' | 'pools'>[]; timeouts: readonly number[] },
): PoolOutlook {
  const isFree = haveFreeSlot(findTakers(nodes, pool));
  return { depth, heldMs: isFree ? 0 : SCANS_AHEAD * Math.max(0, ...timeouts) * 1_000 };
}
