import type { Node } from '@cyberstroll/contracts';

/** A node whose heartbeats name no process of it (contract 5.1 alone): what it holds is the node's, whichever process of it claimed it. */
export const isPlain = ({ node_id, instance_id }: Pick<Node, 'node_id' | 'instance_id'>): boolean =>
  instance_id === node_id;

/** Whether a claim is the present process's; one that does not say whose it is may be. */
export const isPresent = (node: Pick<Node, 'node_id' | 'instance_id'>, assignedInstance: string | undefined): boolean =>
  assignedInstance === undefined || assignedInstance === node.instance_id || isPlain(node);

/**
 * When the process was last heard that claimed something of a node. Undefined where that process is gone, as far as is known: what the
 * node's next process sends says nothing about it. One that was heard once beside the present process may only have been late.
 */
export function findLastHeard(
  node: Pick<Node, 'node_id' | 'instance_id' | 'last_seen' | 'rivals'>,
  assignedInstance: string | undefined,
): Date | undefined {
  if (isPresent(node, assignedInstance)) return node.last_seen;
  const rival = node.rivals?.find(({ instance_id }) => instance_id === assignedInstance);
  return rival && rival.last_seen > rival.since ? rival.last_seen : undefined;
}
