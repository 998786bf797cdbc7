import type { Node } from '@cyberstroll/contracts';

/** Pools that are shown and watched at once. */
const MAX_POOLS = 100;

/**
 * The pools that nodes serve, those of most nodes first. What tasks name is not among them: a client may name what it likes, and
 * nothing is sent to a pool that no node serves.
 */
export function listPools(nodes: readonly Pick<Node, 'pools'>[]): string[] {
  const counts = new Map<string, number>();
  for (const pool of nodes.flatMap(({ pools }) => pools)) counts.set(pool, (counts.get(pool) ?? 0) + 1);
  const ranked = [...counts].sort(([one, more], [other, fewer]) => fewer - more || (one < other ? -1 : 1));
  return ranked.slice(0, MAX_POOLS).map(([pool]) => pool);
}
