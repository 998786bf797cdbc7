import type { Node } from '@cyberstroll/contracts';

/** The number of pools that are shown and watched at most. */
export const MAX_POOLS = 100;

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

/** Whether a node takes new work. A node that drains only ends what it has. */
export const takesWork = ({ status }: Pick<Node, 'status'>): boolean => status === 'online' || status === 'busy';

/** Whether a node scans by this method. One that names no methods scans by any. */
export const scansBy = ({ methods }: Pick<Node, 'methods'>, method: string): boolean =>
  methods === undefined || methods.includes(method);

/** The nodes that take work of a pool; of this method. */
export const findAvailableNodes = <Each extends Pick<Node, 'status' | 'pools' | 'methods'>>(
  nodes: readonly Each[],
  pool: string,
  method: string,
): Each[] => nodes.filter((node) => takesWork(node) && node.pools.includes(pool) && scansBy(node, method));

/** Whether one of them can begin something now. If none can, a job may wait for a slot at a node for long. */
export const haveFreeSlot = (available: readonly Pick<Node, 'status'>[]): boolean =>
  available.some(({ status }) => status === 'online');
