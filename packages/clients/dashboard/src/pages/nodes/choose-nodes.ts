import type { Node } from '@cyberstroll/client';
import { toStanding, usedSlots } from '../../fleet/standing';
import type { NodeStanding } from '../../states/states';

export const NODE_SORTS = ['trouble', 'name', 'load', 'heartbeat'] as const;
export type Sort = (typeof NODE_SORTS)[number];

export interface Standing {
  node: Node;
  standing: NodeStanding;
}

interface Choice {
  standing?: string;
  pool?: string;
  sort: Sort;
}

/** What an operator has to see comes first. */
const RANKS: readonly NodeStanding[] = ['silent', 'draining', 'busy', 'online', 'offline'];

const COMPARISONS: Record<Sort, (one: Standing, other: Standing) => number> = {
  trouble: (one, other) => RANKS.indexOf(one.standing) - RANKS.indexOf(other.standing),
  name: () => 0,
  load: ({ node: one }, { node: other }) => toLoad(other) - toLoad(one),
  heartbeat: ({ node: one }, { node: other }) => Date.parse(one.last_seen) - Date.parse(other.last_seen),
};

const toLoad = (node: Node) => usedSlots(node) / node.capacity;

/** Every node with how it stands. `now`: the server's time. */
export const toStandings = (nodes: readonly Node[], now: number): Standing[] =>
  nodes.map((node) => ({ node, standing: toStanding(node, now) }));

/** The nodes of a pool and a state in an order; equal ones by name. */
export const chooseNodes = (nodes: readonly Standing[], { standing, pool, sort }: Choice): Standing[] =>
  nodes
    .filter((each) => standing === undefined || each.standing === standing)
    .filter(({ node }) => pool === undefined || node.pools.includes(pool))
    .sort((one, other) => COMPARISONS[sort](one, other) || (one.node.node_id < other.node.node_id ? -1 : 1));
