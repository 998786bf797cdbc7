interface TaskNode {
  node_id: string;
  completed: number;
  failed: number;
  share: number;
}

export interface Comparison {
  /** Of the subtasks of the task that a node has closed, from 0 to 1. */
  share: number;
  /** Of those that this node has closed; null if it has closed none. */
  own: number | null;
  /** Of those that the other nodes have closed; null if they have closed none. */
  others: number | null;
}

/** What a node does for a task, beside what the other nodes do. */
export function compareFailures(nodes: readonly TaskNode[], nodeId: string): Comparison {
  const own = nodes.filter(({ node_id }) => node_id === nodeId);
  const others = nodes.filter(({ node_id }) => node_id !== nodeId);
  return { share: own[0]?.share ?? 0, own: toFailureRate(own), others: toFailureRate(others) };
}

function toFailureRate(nodes: readonly TaskNode[]): number | null {
  const failed = nodes.reduce((sum, node) => sum + node.failed, 0);
  const closed = nodes.reduce((sum, node) => sum + node.completed + node.failed, 0);
  return closed === 0 ? null : failed / closed;
}
