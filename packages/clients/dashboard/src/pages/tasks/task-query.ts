import type { operations } from '@cyberstroll/client';
import { signal } from '@preact/signals';
import { toShellWord } from '../../api/command';
import { readChoices } from '../../browser/navigation';

type TaskQuery = NonNullable<operations['listTasks']['parameters']['query']>;
export type TaskFilter = Omit<TaskQuery, 'sort' | 'limit' | 'cursor'>;

export const SORTS = ['newest', 'oldest', 'priority'] as const satisfies readonly TaskQuery['sort'][];

/** Filters of the API, which have the same names in the address, and their options of the command line. */
export const OPTIONS = {
  task_id: 'id',
  status: 'status',
  label: 'label',
  task_initiator: 'initiator',
  task_category: 'category',
  task_type: 'type',
  pool: 'pool',
  schedule_id: 'schedule',
  freeze_id: 'freeze',
  target: 'target',
  after: 'after',
  before: 'before',
} as const satisfies Record<keyof TaskFilter, string>;

export const FILTERS: readonly string[] = Object.keys(OPTIONS).filter((name) => name !== 'task_id');
export const isRepeated = (name: string) => name === 'status' || name === 'label';

export function toFilter(address: URLSearchParams): TaskFilter {
  const given = FILTERS.filter((name) => address.has(name));
  return Object.fromEntries(
    given.map((name) => [name, isRepeated(name) ? address.getAll(name) : address.get(name)]),
  ) as TaskFilter;
}

const ROWS = 50;

export function toTaskQuery(address: URLSearchParams): TaskQuery {
  const sort = SORTS.find((name) => name === address.get('sort'));
  return { ...toFilter(address), ...(sort && { sort }), ...readChoices(['cursor'], address), limit: ROWS };
}

/** ` --status RUNNING --label a`: a filter as options of the command line. */
export const toFilterOptions = (filter: TaskFilter): string =>
  Object.entries(filter)
    .flatMap(([name, value]) =>
      [value].flat().map((each) => ` --${OPTIONS[name as keyof TaskFilter]} ${toShellWord(String(each))}`),
    )
    .join('');

export const toTaskExport = (address: URLSearchParams): [string, string][] =>
  [...address].filter(([name, value]) => value !== '' && (FILTERS.includes(name) || name === 'sort'));

/** Its name, but for the time: `tasks-failed-prod`. */
export const toTaskFileName = (address: URLSearchParams): string =>
  ['tasks', ...FILTERS.flatMap((name) => address.getAll(name))].filter(Boolean).join('-').toLowerCase();

export type Selection = 'all' | readonly string[];

/** The tasks that are selected: those of these ids, or all that match the filter. */
export function readSelection(address: URLSearchParams): Selection {
  const text = address.get('selected') ?? '';
  return text === 'all' ? 'all' : text.split(',').filter((id) => /^[0-9a-f]{24}$/.test(id));
}

export const toggle = (selection: readonly string[], id: string): string[] =>
  selection.includes(id) ? selection.filter((other) => other !== id) : [...selection, id];

/** What the list of tasks was asked with when the reader saw it last; all tasks before. */
export const lastList = signal(new URLSearchParams());
