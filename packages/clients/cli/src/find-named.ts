import type { Freeze } from '@cyberstroll/client';
import type { ApiClient } from './api-client';
import type { ApiExclusion, ApiSchedule } from './api-types';
import { CliError } from './cli-error';
import type { CommandContext } from './command-context';
import { type FetchPage, followPages } from './follow-pages';
import { defineTexts, sayCode, verbatim } from './language/say';

const t = defineTexts({
  ambiguous: ['"{name}" is not unique: {candidates}', '"{name}" 不唯一：{candidates}'],
  no_last: ['there is no task yet', '还没有任务'],
});

interface Candidate {
  id: string;
  /** How it differs from others of the same name. */
  mark: string;
}

const ALL = { limit: 0, all: true };
const coversName = (
  { all, ...named }: { all?: true; pool?: string; label?: string; network?: string },
  name: string,
) => (all ? name === 'all' : Object.values(named).includes(name));

/** What has this name, by the noun of its id. What has no name of its own is called by what it covers. */
const FIND: Record<string, (api: ApiClient, name: string) => Promise<Candidate[]>> = {
  async task({ GET, call }, q) {
    const { tasks } = await call(GET('/api/search', { params: { query: { q } } }), 'tasks');
    return tasks
      .filter(({ name }) => name === q)
      .map(({ task_id, status }) => ({ id: task_id, mark: sayCode(status) }));
  },
  schedule: ({ GET, call }, name) =>
    findAmong(
      (query) => call(GET('/api/schedules', { params: { query } }), 'items'),
      (each: Omit<ApiSchedule, 'next_times'>) => each.name === name,
      ({ schedule_id: id, cron, every }) => ({ id, mark: cron ?? `${every} s` }),
    ),
  async limit({ GET, call }, name) {
    const { items } = await call(GET('/api/limits'), 'items');
    return items
      .filter(({ covers }) => coversName(covers, name))
      .map(({ limit_id: id, reason = '' }) => ({ id, mark: reason }));
  },
  freeze: ({ GET, call }, name) =>
    findAmong(
      (query) => call(GET('/api/freezes', { params: { query } }), 'items'),
      ({ covers }: Freeze) => coversName(covers, name),
      ({ freeze_id: id, reason }) => ({ id, mark: reason }),
    ),
  exclusion: ({ GET, call }, name) =>
    findAmong(
      (query) => call(GET('/api/exclusions', { params: { query } }), 'items'),
      ({ target }: ApiExclusion) => target === name,
      ({ exclusion_id: id, reason }) => ({ id, mark: reason }),
    ),
};

async function findAmong<Item>(
  fetch: FetchPage<Item>,
  isNamed: (item: Item) => boolean,
  toCandidate: (item: Item) => Candidate,
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for await (const { items } of followPages(fetch, ALL)) found.push(...items.filter(isNamed).map(toCandidate));
  return found;
}

const ID = /^[0-9a-f]{24}$/;

/**
 * The id that stands for a name in the place of `<task_id>`, or another id. `last` is the newest task. Text that names
 * nothing stays: the API says that there is no such thing. Throws a CliError `usage` if several have the name.
 */
export async function findId(placeholder: string, text: string, { api }: CommandContext): Promise<string> {
  const [, noun = ''] = /(?:^|_)([a-z]+)_id$/.exec(placeholder) ?? [];
  if (noun === 'task' && text === 'last') return findLast(api);
  const found = (await FIND[noun]?.(api, text)) ?? [];
  if (found.length > 1) {
    const candidates = found.map(({ id, mark }) => (mark ? `${id} (${mark})` : id)).join(', ');
    throw new CliError('usage', t('ambiguous', { name: text, candidates: verbatim(candidates) }));
  }
  return found[0]?.id ?? text;
}

/** Whether text in this place may be a name. */
export const mayBeNamed = (placeholder: string, text: unknown): text is string =>
  typeof text === 'string' && !ID.test(text) && /(?:^|_)(?:task|schedule|limit|freeze|exclusion)_id$/.test(placeholder);

async function findLast({ GET, call }: ApiClient): Promise<string> {
  const { items } = await call(GET('/api/tasks', { params: { query: { limit: 1 } } }), 'items');
  if (!items[0]) throw new CliError('notFound', t('no_last'));
  return items[0].task_id;
}
