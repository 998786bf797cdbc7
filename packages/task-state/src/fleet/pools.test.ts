import type { NodeStatus } from '@cyberstroll/contracts';
import { findAvailableNodes, haveFreeSlot, listPools } from './pools';

const node = (status: NodeStatus, ...pools: string[]) => ({ status, pools });

it('lists the pools of the nodes, those with the most nodes first, and 100 at most', () => {
  expect(listPools([node('online', 'b', 'a'), node('offline', 'c', 'b')])).toEqual(['b', 'a', 'c']);
  expect(listPools([node('online', ...Array.from({ length: 150 }, (_, i) => `pool-${i}`))])).toHaveLength(100);
});

it('gives a pool the nodes that serve it and take new work', () => {
  const nodes = [node('online', 'a'), node('busy', 'a', 'b'), node('draining', 'a'), node('offline', 'a')];
  expect(findAvailableNodes(nodes, 'a')).toEqual([nodes[0], nodes[1]]);
  expect(findAvailableNodes(nodes, 'b')).toEqual([nodes[1]]);
  expect(findAvailableNodes(nodes, 'c')).toEqual([]);
});

it('finds no free slot where every node is busy', () => {
  expect(haveFreeSlot([node('busy', 'a'), node('online', 'a')])).toBe(true);
  expect(haveFreeSlot([node('busy', 'a')])).toBe(false);
  expect(haveFreeSlot([])).toBe(false);
});
