import { NODE_STANDINGS, type Node, type NodeStanding } from '@cyberstroll/contracts';
import { isSilent, NODE_GONE_AFTER_MS } from './silence';

/** How a node is counted, and its slots. */
export interface NodeSlots {
  standing: NodeStanding;
  pools: string[];
  capacity: number;
  /** Subtasks that wait on the node for a slot are not counted here, although the node lists them. */
  active: number;
}

export const SLOT_FIELDS = ['status', 'last_seen', 'said_goodbye', 'capacity', 'pools', 'current_task_count'] as const;

export const toNodeSlots = (node: Pick<Node, (typeof SLOT_FIELDS)[number]>, now: Date): NodeSlots => ({
  standing: toStanding(node, now),
  pools: node.pools,
  capacity: node.capacity,
  active: Math.min(node.current_task_count, node.capacity),
});

/** How a node is counted: by its last report, unless its heartbeats are missing. */
function toStanding(node: Pick<Node, 'status' | 'last_seen' | 'said_goodbye'>, now: Date): NodeStanding {
  if (!isSilent(node, now)) return node.status;
  const isGone = now.getTime() - node.last_seen.getTime() >= NODE_GONE_AFTER_MS;
  return node.said_goodbye || isGone ? 'offline' : 'silent';
}

export function countStandings(nodes: readonly NodeSlots[]): Record<NodeStanding, number> {
  const count = (standing: NodeStanding) => nodes.filter((node) => node.standing === standing).length;
  return Object.fromEntries(NODE_STANDINGS.map((standing) => [standing, count(standing)])) as Record<
    NodeStanding,
    number
  >;
}

/** The slots of the nodes that send heartbeats. With `pool`: of those that serve it. */
export function addSlots(nodes: readonly NodeSlots[], pool?: string): { active: number; capacity: number } {
  const heard = nodes.filter(
    ({ standing, pools }) =>
      standing !== 'offline' && standing !== 'silent' && (pool === undefined || pools.includes(pool)),
  );
  return {
    active: heard.reduce((sum, { active }) => sum + active, 0),
    capacity: heard.reduce((sum, { capacity }) => sum + capacity, 0),
  };
}
