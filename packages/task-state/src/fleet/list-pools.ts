import type { Node } from '@cyberstroll/contracts';

/** The number of pools that are shown and watched at most. */
const MAX_POOLS = 100;

/**
 * The pools that nodes serve. The pools with the most nodes come first. Pools that only tasks name are left out: a
 * client may name any pool, and nothing is sent to a pool that no node serves.
 */
export function listPools(nodes: readonly Pick<Node, 'pools'>[]): string[] {
  const counts = new Map<string, number>();
  for (const pool of nodes.flatMap(({ pools }) => pools)) counts.set(pool, (counts.get(pool) ?? 0) + 1);
  const ranked = [...counts].sort(([one, more], [other, fewer]) => fewer - more || (one < other ? -1 : 1));
  return ranked.slice(0, MAX_POOLS).map(([pool]) => pool);
}
