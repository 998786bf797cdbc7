import type { Node } from '@cyberstroll/client';
import { chooseNodes, type Sort, type Standing, takeNodesPage } from './choose-nodes';

const RATES: Record<string, Standing['rate']> = {
  a: { rates: [0, 2], failures: 0 },
  b: { rates: [9, 1], failures: 7 },
  c: { rates: [0, 3], failures: 7 },
};

const create = (node_id: string, fields: Partial<Node>, standing: Standing['standing'] = 'online'): Standing => ({
  node: {
    node_id,
    status: 'online',
    capacity: 10,
    current_task_count: 0,
    pools: ['default'],
    last_seen: '2026-01-01T12:00:00Z',
    ...fields,
  } as Node,
  standing,
  rate: RATES[node_id],
});

const nodes = [
  create('d', { current_task_count: 5 }, 'offline'),
  create('a', { current_task_count: 9, pools: ['default', 'edge'] }),
  create('c', { current_task_count: 2, last_seen: '2026-01-01T11:00:00Z' }, 'silent'),
  create('b', { current_task_count: 30 }, 'busy'),
];
const names = (choice: Parameters<typeof chooseNodes>[1]) =>
  chooseNodes(nodes, choice)
    .map(({ node }) => node.node_id)
    .join('');

it.each<[Sort, string]>([
  ['trouble', 'cbad'],
  ['name', 'abcd'],
  ['load', 'badc'],
  ['heartbeat', 'cabd'],
  ['rate', 'cabd'],
  ['failures', 'bcad'],
  ['pool', 'bcda'],
])('by %s', (sort, order) => {
  expect(names({ sort })).toBe(order);
});

it('only those of a pool, and of a state', () => {
  expect(names({ sort: 'name', pool: 'edge' })).toBe('a');
  expect(names({ sort: 'name', standing: 'silent' })).toBe('c');
  expect(names({ sort: 'name', standing: 'silent', pool: 'edge' })).toBe('');
});

it('the other way round equal ones are by name all the same', () => {
  expect(names({ sort: 'failures', isReversed: true })).toBe('dabc');
  expect(names({ sort: 'name', isReversed: true })).toBe('dcba');
});

it.each([
  [null, ['a', 'b'], '2'],
  ['2', ['c', 'd'], '4'],
  ['4', ['e'], undefined],
  ['5', ['a', 'b'], '2'],
  ['-1', ['a', 'b'], '2'],
])('the page of the cursor %s', (cursor, items, next) => {
  expect(takeNodesPage([...'abcde'], cursor, 2)).toEqual({ items, next });
});
