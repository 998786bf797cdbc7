import type { Node } from '@cyberstroll/contracts';
import { findAvailableNodes, haveFreeSlot, toLastGiven } from '@cyberstroll/task-state';

/** What is known about where the unbegun jobs of a pool are. */
export interface PoolBacklog {
  /** Messages that wait in its queue. Undefined where RabbitMQ does not know: any job may be among them. */
  depth: number | undefined;
  /**
   * Milliseconds for which a node without a free slot may hold a job, by the method of the job. The broker does not say
   * which jobs those are.
   */
  heldMs: ReadonlyMap<string, number>;
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
 * While a node that scans by its method has a free slot, no node holds a job for long: the node with the slot takes it.
 * `tasks` are the open ones of the pool.
 */
export function toPoolBacklog(
  pool: string,
  {
    depth,
    nodes,
    lost,
    tasks,
    now,
  }: {
    depth: number | undefined;
    nodes: readonly Pick<Node, 'status' | 'pools' | 'methods'>[];
    lost: readonly Pick<Node, 'pools' | 'last_seen'>[];
    tasks: readonly { scan: { method: string }; config: { subtask_timeout: number } }[];
    now: Date;
  },
): PoolBacklog {
  const longestMs = SCANS_AHEAD * Math.max(0, ...tasks.map(({ config }) => config.subtask_timeout)) * 1_000;
  const methods = new Set(tasks.map(({ scan }) => scan.method));
  const heldMs = new Map(
    [...methods].map((method) => [method, haveFreeSlot(findAvailableNodes(nodes, pool, method)) ? 0 : longestMs]),
  );
  return { depth, heldMs, lastGiven: toLastGiven(lost, pool, now) };
}
