const MAX_PREFETCH = 256;
/** Nodes for each heartbeat that a replica may hold. */
const NODES_PER_BEAT = 4;

/**
 * How many heartbeats a replica may hold unacked. What one holds that stands still, or has lost its database, the others do
 * not hear: so it must be too little for any node to seem silent. With a quarter of the fleet nobody misses two in a row by
 * it; more would help no one but a large fleet on a slow database, which has more anyway. A power of two, so that it
 * seldom changes.
 */
export const toPrefetch = (nodes: number): number =>
  Math.min(MAX_PREFETCH, 2 ** Math.floor(Math.log2(Math.max(1, nodes / NODES_PER_BEAT))));
