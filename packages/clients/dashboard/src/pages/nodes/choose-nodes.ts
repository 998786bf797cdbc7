import type { Node } from '@cyberstroll/client';
import { toStanding, usedSlots } from '../../fleet/standing';
import type { NodeStanding } from '../../states/states';
import { type NodeRate, toRateNow } from './node-rates';

export const NODE_SORTS = ['trouble', 'name', 'load', 'heartbeat', 'rate', 'failures', 'pool', 'version'] as const;
export type Sort = (typeof NODE_SORTS)[number];

/** By these the largest comes first. */
export const DESCENDING: readonly Sort[] = ['load', 'rate', 'failures'];

export interface Standing {
  node: Node;
  standing: NodeStanding;
  rate?: NodeRate | undefined;
}

interface Choice {
  standing?: string;
  pool?: string;
  sort: Sort;
  isReversed?: boolean;
}

/** What an operator has to see comes first. */
const RANKS: readonly NodeStanding[] = ['silent', 'draining', 'busy', 'online', 'offline'];

const KEYS: Record<Sort, (of: Standing) => number | string> = {
  trouble: ({ standing }) => RANKS.indexOf(standing),
  name: ({ node }) => node.node_id,
  load: ({ node }) => usedSlots(node) / node.capacity,
  heartbeat: ({ node }) => Date.parse(node.last_seen),
  rate: ({ rate }) => (rate ? toRateNow(rate) : -1),
  failures: ({ rate }) => rate?.failures ?? -1,
  pool: ({ node }) => node.pools.join(),
  version: ({ node }) => node.version ?? '',
};

/** Every node with how it stands. `now`: the server's time. */
export const toStandings = (
  nodes: readonly Node[],
  now: number,
  findRate: (nodeId: string) => NodeRate | undefined,
): Standing[] => nodes.map((node) => ({ node, standing: toStanding(node, now), rate: findRate(node.node_id) }));

/** The nodes of a pool and a state in an order; equal ones by name. */
export function chooseNodes(
  nodes: readonly Standing[],
  { standing, pool, sort, isReversed = false }: Choice,
): Standing[] {
  const direction = DESCENDING.includes(sort) !== isReversed ? -1 : 1;
  const compare = (one: number | string, other: number | string) => (one < other ? -1 : one > other ? 1 : 0);
  return nodes
    .filter((each) => standing === undefined || each.standing === standing)
    .filter(({ node }) => pool === undefined || node.pools.includes(pool))
    .map((each) => ({ each, key: KEYS[sort](each) }))
    .sort(
      (one, other) =>
        direction * compare(one.key, other.key) || compare(one.each.node.node_id, other.each.node.node_id),
    )
    .map(({ each }) => each);
}

/** A page of them, and the cursor of the next one. It says how many come before; any other means the first. */
export function takeNodesPage<Item>(all: readonly Item[], cursor: string | null, limit: number) {
  const before = /^\d{1,6}$/.test(cursor ?? '') ? Number(cursor) : 0;
  const first = before < all.length ? before : 0;
  const end = first + limit;
  return { items: all.slice(first, end), next: end < all.length ? String(end) : undefined };
}
