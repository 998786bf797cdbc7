const MAX_PREFETCH = 256;
/** Nodes for each heartbeat that a replica may hold. */
const NODES_PER_HEARTBEAT = 4;

/**
 * How many unacked heartbeats a replica may hold. If a replica stalls or loses its database, the other replicas
 * do not get the heartbeats that it holds, so these must be too few to make any node seem silent. With a quarter of the
 * fleet no node misses two heartbeats in a row. A greater number would only help a large fleet on a slow database, and
 * the number of a large fleet is great already. It is a power of two, so that it seldom changes.
 */
export const toPrefetch = (nodes: number): number =>
  Math.min(MAX_PREFETCH, 2 ** Math.floor(Math.log2(Math.max(1, nodes / NODES_PER_HEARTBEAT))));
