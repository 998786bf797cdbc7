import { groupBy, MAX_SUBTASKS_PER_JOB, type Node, type SubTask, toPortions } from '@cyberstroll/contracts';

/** A retry that is due. */
export type ReadyRetry = Pick<SubTask, 'task_id' | 'subtask_id' | 'ip' | 'attempt' | 'last_node'>;
export type RetryNode = Pick<Node, 'node_id' | 'status' | 'pools' | 'methods' | 'capacity'>;

/** The retries of one job. */
export interface RetryGroup {
  retries: ReadyRetry[];
  /** The node that they failed on, if another node can take them. */
  avoid_node?: string | undefined;
}

/** Retries of one task as jobs. `available`: the nodes of its pool that scan by its method, one at least. */
export function groupRetries(retries: readonly ReadyRetry[], available: readonly RetryNode[]): RetryGroup[] {
  const size = toJobSize(available);
  const byAvoided = groupBy(retries, ({ last_node }) =>
    available.some(({ node_id }) => node_id !== last_node) ? last_node : undefined,
  );
  return [...byAvoided].flatMap(([avoid_node, group]) =>
    toPortions(group, size).map((part) => ({ retries: part, avoid_node })),
  );
}

/**
 * A node claims a whole job, and the deadline of each subtask runs from the claim. So a job fills at most a quarter of
 * the slots of the smallest node, like a job of first attempts.
 */
const toJobSize = (available: readonly RetryNode[]): number =>
  Math.min(MAX_SUBTASKS_PER_JOB, Math.max(1, Math.floor(Math.min(...available.map(({ capacity }) => capacity)) / 4)));
