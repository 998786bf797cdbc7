import {
  readSelection,
  toFilter,
  toFilterOptions,
  toggle,
  toTaskExport,
  toTaskFileName,
  toTaskQuery,
} from './task-query';

const address = (text: string) => new URLSearchParams(text);

it('the address has the filters by their names in the API, and nothing else goes there', () => {
  const filtered = address('status=RUNNING&status=PAUSED&label=a&target=10.0.0.0/8&tab=x&selected=all&cursor=n1-a');
  const filter = { status: ['RUNNING', 'PAUSED'], label: ['a'], target: '10.0.0.0/8' };
  expect(toFilter(filtered)).toEqual(filter);
  expect(toTaskQuery(filtered)).toEqual({ ...filter, cursor: 'n1-a', limit: 50 });
  expect(toTaskQuery(address('sort=oldest'))).toEqual({ sort: 'oldest', limit: 50 });
  expect(toTaskQuery(address('sort=colour'))).toEqual({ limit: 50 });
});

it('a filter is written as the command line takes it', () => {
  const filter = toFilter(address("status=RUNNING&status=PAUSED&label=night+shift&task_type=it's"));
  expect(toFilterOptions(filter)).toBe(
    String.raw` --status RUNNING --status PAUSED --label 'night shift' --type 'it'\''s'`,
  );
  expect(toFilterOptions({ task_id: ['a', 'b'] })).toBe(' --id a --id b');
});

it('a file has all tasks that the address asks for, and is named after the filters', () => {
  const filtered = address('status=FAILED&label=a+b&sort=oldest&cursor=o1-a&selected=all&tab=x');
  expect(`${new URLSearchParams(toTaskExport(filtered))}`).toBe('status=FAILED&label=a+b&sort=oldest');
  expect(toTaskFileName(filtered)).toBe('tasks-failed-a b');
  expect(toTaskFileName(address(''))).toBe('tasks');
});

it('the address has the selected tasks, and only ids count', () => {
  const id = 'a'.repeat(24);
  expect(readSelection(address('selected=all'))).toBe('all');
  expect(readSelection(address(`selected=${id},<b>`))).toEqual([id]);
  expect(readSelection(address(''))).toEqual([]);
  expect(toggle(toggle([], id), 'b')).toEqual([id, 'b']);
  expect(toggle([id, 'b'], id)).toEqual(['b']);
});
