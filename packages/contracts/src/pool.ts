import type { Node } from './heartbeat';

/** Whether a node takes new work; one that drains only ends what it has. */
export const takesWork = ({ status }: Pick<Node, 'status'>): boolean => status === 'online' || status === 'busy';

/** The nodes that take work of a pool. */
export const findTakers = <Each extends Pick<Node, 'status' | 'pools'>>(nodes: readonly Each[], pool: string): Each[] =>
  nodes.filter((node) => takesWork(node) && node.pools.includes(pool));

/** Whether one of them can begin something now. Else a job may lie with a node for long that has no slot for it. */
export const haveFreeSlot = (takers: readonly Pick<Node, 'status'>[]): boolean =>
  takers.some(({ status }) => status === 'online');
