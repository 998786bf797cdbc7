import type { NodeStatus } from '@cyberstroll/contracts';
import { findAvailableNodes, haveFreeSlot, listPools } from './pools';

const node = (status: NodeStatus, ...pools: string[]) => ({ status, pools });
const byConnect = { ...node('online', 'a'), methods: ['connect'] };

it('lists the pools of the nodes, those with the most nodes first, and 100 at most', () => {
  expect(listPools([node('online', 'b', 'a'), node('offline', 'c', 'b')])).toEqual(['b', 'a', 'c']);
  expect(listPools([node('online', ...Array.from({ length: 150 }, (_, i) => `pool-${i}`))])).toHaveLength(100);
});

it('gives a pool the nodes that serve it and take new work', () => {
  const nodes = [node('online', 'a'), node('busy', 'a', 'b'), node('draining', 'a'), node('offline', 'a')];
  expect(findAvailableNodes(nodes, 'a', 'nmap')).toEqual([nodes[0], nodes[1]]);
  expect(findAvailableNodes(nodes, 'b', 'nmap')).toEqual([nodes[1]]);
  expect(findAvailableNodes(nodes, 'c', 'nmap')).toEqual([]);
});

it('gives a method the nodes that name it, and those that name none', () => {
  expect(findAvailableNodes([byConnect, node('online', 'a')], 'a', 'connect')).toHaveLength(2);
  expect(findAvailableNodes([byConnect, node('online', 'a')], 'a', 'nmap')).toEqual([node('online', 'a')]);
});

it('finds no free slot where every node is busy', () => {
  expect(haveFreeSlot([node('busy', 'a'), node('online', 'a')])).toBe(true);
  expect(haveFreeSlot([node('busy', 'a')])).toBe(false);
  expect(haveFreeSlot([])).toBe(false);
});
