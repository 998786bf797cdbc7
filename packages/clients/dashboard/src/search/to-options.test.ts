import { type Found, toOptions, toPlace } from './to-options';

const pages = [
  { name: 'Nodes', path: '/nodes' },
  { name: 'New task', path: '/tasks/new' },
  { name: '死信', path: '/dead-letters' },
];
const task = {
  task_id: 'a1',
  found_by: 'name',
  labels: [],
  status: 'RUNNING',
  task_target: '10.0.0.0/8',
  created_time: '2026-01-31T12:00:00Z',
} as const;
const found = { tasks: [{ ...task, labels: [] }], nodes: [{ node_id: 'rack/1', status: 'online' }] } satisfies Found;

const paths = (text: string, answer?: Found) => toOptions(text, pages, answer).map(({ path }) => path);

it('offers pages by the beginning of a word of their name, in Chinese by a part of it', () => {
  expect(paths('N')).toEqual(['/nodes', '/tasks/new']);
  expect(paths('task')).toEqual(['/tasks/new']);
  expect(paths('信')).toEqual(['/dead-letters']);
  expect(paths('odes')).toEqual([]);
});

it('offers what the API has found after them', () => {
  expect(paths('n', found)).toEqual(['/nodes', '/tasks/new', '/tasks/a1', '/fleet/nodes/rack%2F1']);
});

it('offers the page of an address', () => {
  expect([paths('10.0.0.7'), paths('2001:DB8::1'), paths('10.0.0.0/24'), paths('10.0.0')]).toEqual([
    ['/findings/10.0.0.7'],
    ['/findings/2001:db8::1'],
    [],
    [],
  ]);
});

it('arrows go round', () => {
  expect([toPlace('ArrowDown', 2, 3), toPlace('ArrowUp', 0, 3), toPlace('ArrowDown', 0, 3)]).toEqual([0, 2, 1]);
  expect([toPlace('a', 0, 3), toPlace('ArrowDown', 0, 0)]).toEqual([undefined, undefined]);
});
