/**
 * Tasks and nodes that a text may mean. Each kind is one read of an index, between the text and the last text that
 * begins with it, as it is written, and with a capital at the beginning or without. Names with the text elsewhere in
 * them follow: they are looked for only if fewer than all begin with it, since that reads the index of the names.
 */
import { type FoundBy, type FoundTask, MAX_FOUND, type SearchAnswer, type Task } from '@cyberstroll/contracts';
import type { KeyRange } from '@cyberstroll/targets';
import { NOT_DELETING } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { findFields } from '../mongodb/models/fields';
import { createTaskList } from '../tasks/task-list';
import { withinRanges } from '../tasks/within-ranges';

export interface SearchQuery {
  text: string;
  target?: string | undefined;
  within?: readonly KeyRange[] | undefined;
}

const FIELDS = ['task_id', 'name', 'labels', 'status', 'task_target', 'created_time'] as const;
type Found = Pick<Task, (typeof FIELDS)[number]>;

const WITHIN_MS = 5_000;
const IN_NAMES_WITHIN_MS = 500;
/** MaxTimeMSExpired. */
const TOOK_TOO_LONG = 50;
/** Greater than every character that follows in a text. */
const LAST = '\u{10ffff}';

const toPrefixRange = (text: string) => ({ $gte: text, $lt: `${text}${LAST}` });

const toPattern = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** As it is written, with a capital at the beginning, and without. */
function toSpellings(text: string): string[] {
  const [first = '', ...rest] = text;
  return [...new Set([text, first.toUpperCase() + rest.join(''), first.toLowerCase() + rest.join('')])];
}

/** Characters of targets that stand for a name. */
const NAME_LENGTH = 60;

const cutTargets = (targets: string): string =>
  targets.length > NAME_LENGTH ? `${targets.slice(0, NAME_LENGTH)}…` : targets;

export function createSearch(db: Database) {
  const findTaskList = createTaskList(db);

  return {
    /**
     * `target`: the text is an address or a network. `within`: only tasks whose targets lie in these ranges, and no
     * nodes.
     */
    async search({ text, target, within }: SearchQuery): Promise<SearchAnswer> {
      const findTasks = (filter: object, maxTimeMS = WITHIN_MS) =>
        findFields(db.tasks, { ...filter, ...(within && withinRanges(within)), ...NOT_DELETING }, FIELDS, {
          maxTimeMS,
        })
          .limit(MAX_FOUND)
          .toArray();
      /** It reads the index of all names: what takes long is given up. */
      const findInNames = (part: string) =>
        findTasks({ name: { $regex: toPattern(part), $options: 'i' } }, IN_NAMES_WITHIN_MS).catch((error: unknown) => {
          if ((error as { code?: unknown }).code === TOOK_TOO_LONG) return [];
          throw error;
        });
      const spellings = toSpellings(text);
      const findEach = async (toFilter: (spelling: string) => object) =>
        (await Promise.all(spellings.map((spelling) => findTasks(toFilter(spelling))))).flat().slice(0, MAX_FOUND);
      const findByName = async () => {
        const first = await findEach((spelling) => ({ name: toPrefixRange(spelling) }));
        if (first.length === MAX_FOUND) return first;
        const others = await findInNames(text);
        const known = new Set(first.map(({ task_id }) => task_id));
        return [...first, ...others.filter(({ task_id }) => !known.has(task_id))].slice(0, MAX_FOUND);
      };
      const [byId, byName, byLabel, byTarget, nodes] = await Promise.all([
        /^[0-9a-f]{1,24}$/.test(text) ? findTasks({ task_id: toPrefixRange(text) }) : [],
        findByName(),
        findEach((spelling) => ({ labels: { $elemMatch: toPrefixRange(spelling) } })),
        target === undefined ? [] : findTaskList({ target, within, limit: MAX_FOUND }).then(({ items }) => items),
        within ? [] : findNodes(text),
      ]);
      const lists: [FoundBy, readonly Found[]][] = [
        ['task_id', byId],
        ['name', byName],
        ['label', byLabel],
        ['target', byTarget],
      ];
      return { tasks: toFound(lists), nodes };
    },
    /**
     * What the tasks, schedules, exclusions and API keys of these ids are called; a task without a name by the
     * beginning of its targets. Others have no name.
     */
    async findNames(ids: readonly string[]): Promise<Map<string, string>> {
      const wanted = { $in: [...new Set(ids)].filter((id) => /^[0-9a-f]{24}$/.test(id)) };
      if (wanted.$in.length === 0) return new Map();
      const [tasks, schedules, exclusions, keys] = await Promise.all([
        findFields(db.tasks, { task_id: wanted, ...NOT_DELETING }, ['task_id', 'name', 'task_target'])
          // See `findTasks`.
          .sort({ task_id: 1 })
          .toArray(),
        findFields(db.schedules, { schedule_id: wanted }, ['schedule_id', 'name']).toArray(),
        findFields(db.exclusions, { exclusion_id: wanted }, ['exclusion_id', 'target']).toArray(),
        findFields(db.apiKeys, { key_id: wanted }, ['key_id', 'name']).toArray(),
      ]);
      return new Map([
        ...tasks.map(({ task_id, name, task_target }) => [task_id, name ?? cutTargets(task_target)] as const),
        ...schedules.map(({ schedule_id, name }) => [schedule_id, name] as const),
        ...exclusions.map(({ exclusion_id, target }) => [exclusion_id, target] as const),
        ...keys.map(({ key_id, name }) => [key_id, name] as const),
      ]);
    },
  };

  function findNodes(text: string): Promise<SearchAnswer['nodes']> {
    const filter = { node_id: toPrefixRange(text) };
    return findFields(db.nodes, filter, ['node_id', 'status']).sort({ node_id: 1 }).limit(MAX_FOUND).toArray();
  }
}

/** Each task once, by the first field that it was found by. */
function toFound(lists: readonly [FoundBy, readonly Found[]][]): FoundTask[] {
  const found = new Map<string, FoundTask>();
  for (const [found_by, tasks] of lists) {
    for (const { task_id, name, labels, status, task_target, created_time } of tasks) {
      if (found.has(task_id)) continue;
      found.set(task_id, {
        task_id,
        found_by,
        labels,
        status,
        task_target,
        created_time,
        ...(name !== undefined && { name }),
      });
    }
  }
  return [...found.values()];
}
