import type { Node } from '@cyberstroll/contracts';

/**
 * Whether the heartbeats of a node name no process (contract 5.1 alone). Its claims are the node's, not those of one of
 * its processes.
 */
export const isPlain = ({ node_id, instance_id }: Pick<Node, 'node_id' | 'instance_id'>): boolean =>
  instance_id === node_id;

/** Whether a claim may belong to the present process of its node. A claim that names no process may. */
export const isPresent = (node: Pick<Node, 'node_id' | 'instance_id'>, assignedInstance: string | undefined): boolean =>
  assignedInstance === undefined || assignedInstance === node.instance_id || isPlain(node);

/**
 * When the process that made a claim sent its last heartbeat. Undefined if that process is gone as far as we know: the
 * heartbeats of the node's next process say nothing about it. A former process that sent only one more heartbeat may
 * have ended: that heartbeat may have come late.
 */
export function findLastHeard(
  node: Pick<Node, 'node_id' | 'instance_id' | 'last_seen' | 'rivals'>,
  assignedInstance: string | undefined,
): Date | undefined {
  if (isPresent(node, assignedInstance)) return node.last_seen;
  const rival = node.rivals?.find(({ instance_id }) => instance_id === assignedInstance);
  return rival && rival.last_seen > rival.since ? rival.last_seen : undefined;
}
