import type { Task } from '@cyberstroll/client';
import { findBefore, toCandidates, toComparePath, toFirstTarget } from './candidates';

const task = (task_id: string, task_target: string, from_task?: string) =>
  ({ task_id, task_target, ...(from_task !== undefined && { from_task }) }) as Task;

it('offers the task that was scanned again first, then later scans of this one, then the same targets', () => {
  const here = task('c', '10.0.0.0/24', 'a');
  const others = [
    task('f', '10.0.0.0/16'),
    task('b', '10.0.0.0/24'),
    task('e', '10.0.0.0/24'),
    here,
    task('d', '10.0.0.0/24', 'c'),
    task('a', '10.0.0.0/24'),
    task('e', '10.0.0.0/24'),
  ];
  expect(toCandidates(here, others).map(({ task: { task_id }, relation }) => `${task_id} ${relation}`)).toEqual([
    'a origin',
    'd again',
    'e same_targets',
    'b same_targets',
    'f other',
  ]);
});

it('the run before is the latest that has ended: of the same schedule, or else with the same targets', () => {
  const ended = (id: string, schedule_id?: string) =>
    ({ ...task(id, '10.0.0.0/24'), status: 'COMPLETED', ...(schedule_id && { schedule_id }) }) as Task;
  const running = { ...ended('e'), status: 'RUNNING' } as Task;
  const others = [running, ended('b', 's'), ended('a', 's'), ended('d'), ended('g')];
  const find = (of: Task) => findBefore(of, others)?.task_id;
  expect([find(ended('f', 's')), find(ended('f')), find(ended('a'))]).toEqual(['b', 'd', undefined]);
});

it.each([
  ['10.0.0.0/24,10.1.0.1', '10.0.0.0/24'],
  ['10.0.0.1-10.0.0.9', '10.0.0.1'],
  [' 2001:db8::/120\n10.0.0.1', '2001:db8::/120'],
  ['host.example', undefined],
])('of %j the first target is %j', (text, first) => {
  expect(toFirstTarget(text)).toBe(first);
});

it('compares the older task with the newer one', () => {
  expect(toComparePath('b', 'a')).toBe('/tasks/a/compare/b');
  expect(toComparePath('a', 'b')).toBe('/tasks/a/compare/b');
});
