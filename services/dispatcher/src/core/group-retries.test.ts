import { groupRetries, type ReadyRetry, type RetryNode } from './group-retries';

const TASK = '1'.repeat(24);
const node = (node_id: string, overrides: Partial<RetryNode> = {}): RetryNode => ({
  node_id,
  status: 'online',
  pools: ['default'],
  capacity: 400,
  ...overrides,
});
const due = (count: number, last_node?: string): ReadyRetry[] =>
  Array.from({ length: count }, (_, i) => ({
    task_id: TASK,
    subtask_id: `${TASK}-${i}`,
    ip: '127.0.0.1',
    attempt: 2,
    ...(last_node !== undefined && { last_node }),
  }));

it.each([
  [400, [100, 100, 50]],
  [10_000, [250]],
  [200, [50, 50, 50, 50, 50]],
  [4, Array(250).fill(1)],
  [1, Array(250).fill(1)],
])('a job of retries fills a quarter of the slots of a smallest node of %d', (capacity, sizes) => {
  const groups = groupRetries(due(250), [node('a', { capacity }), node('b', { capacity: 100_000 })]);
  expect(groups.map(({ retries }) => retries.length)).toEqual(sizes);
});

it.each<[string, RetryNode[], string | undefined]>([
  ['is the one that they failed on', [node('a'), node('b')], 'a'],
  ['may be gone', [node('b')], 'a'],
  ['is not named if it is the only node', [node('a')], undefined],
])('the node that retries avoid %s', (_, nodes, expected) => {
  expect(groupRetries(due(1, 'a'), nodes).map(({ avoid_node }) => avoid_node)).toEqual([expected]);
});

it('retries that avoid different nodes are different jobs', () => {
  const groups = groupRetries([...due(150, 'a'), ...due(1, 'b'), ...due(2)], [node('a'), node('b')]);
  expect(groups.map(({ retries, avoid_node }) => [avoid_node, retries.length])).toEqual([
    ['a', 100],
    ['a', 50],
    ['b', 1],
    [undefined, 2],
  ]);
});
