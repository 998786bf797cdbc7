import type { Node } from '@cyberstroll/contracts';
import { findAvailableNodes, haveFreeSlot, toLastGiven } from '@cyberstroll/task-state';

/** What is known about where the unbegun jobs of a pool are. */
export interface PoolBacklog {
  /** Messages that wait in its queue. Undefined where RabbitMQ does not know: any job may be among them. */
  depth: number | undefined;
  /** Milliseconds for which a node without a free slot may hold a job. The broker does not say which jobs those are. */
  heldMs: number;
  /**
   * A job that was sent before this moment may be with a node that was lost since. Undefined if no node was lost.
   */
  lastGiven: Date | undefined;
}

/**
 * A node prefetches two jobs, and a job begins when a job before it frees its slots. So this number of scans run one
 * after the other.
 */
const SCANS_AHEAD = 3;

/**
 * While the pool has a free slot, no node holds a job for long: the node with the slot takes it. `timeouts` are the
 * `subtask_timeout`s of the pool's open tasks, in seconds.
 */
export function toPoolBacklog(
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
): PoolBacklog {
  const isFree = haveFreeSlot(findAvailableNodes(nodes, pool));
  const heldMs = isFree ? 0 : SCANS_AHEAD * Math.max(0, ...timeouts) * 1_000;
  return { depth, heldMs, lastGiven: toLastGiven(lost, pool, now) };
}
