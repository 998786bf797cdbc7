/**
 * Lists of tasks. Every filter has an index in the order of the list by time, and each order has one too. Of several
 * filters MongoDB reads one by its index, and checks the others on the documents that it names. Two reads may sort what
 * matches: `target`, if MongoDB finds it by the index of ranges, and filters in the order of priorities. So do the few
 * tasks that `task_id` names.
 */
import {
  INTERNAL_TASK_FIELDS,
  type Page,
  type Task,
  type TaskFilter,
  type TaskSort,
  taskSchema,
} from '@cyberstroll/contracts';
import { findKeyRange, type KeyRange, MAX_KEY_RANGES, parseTargets } from '@cyberstroll/targets';
import { NOT_DELETING } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { withoutFields } from '../mongodb/models/fields';
import { continueAfter, type Order, readDigits, toCursor, toSort } from '../mongodb/queries/continue-after';
import { createCheck } from '../mongodb/queries/readable';
import { PAGE_BATCH, toPage } from '../mongodb/queries/take-page';
import { createTaskTargets } from './task-targets';
import { withinRanges } from './within-ranges';

/** A list shows none of these; by the first three it is explained why a task waits. */
const { cursor: _cursor, end_hold: _endHold, retry_all: _retryAll, ...UNLISTED } = INTERNAL_TASK_FIELDS;

/** A task of a list. */
export type ListedTask = Omit<Task, keyof typeof UNLISTED>;

/** Only a list by `target` reads the ranges. */
type Found = ListedTask & Pick<Task, 'target_ranges'>;

const isListed = createCheck(
  taskSchema,
  // Nothing is decided by what only shows.
  Object.keys(taskSchema.shape).filter((field) => !(field in UNLISTED) && !/_target$|^status_history$/.test(field)),
);

/** The options of a scan may be long: who reads one task gets them. */
const NOT_READ = withoutFields([...Object.keys(UNLISTED), 'scan.options']);
const { target_ranges: _ranges, ...NOT_READ_BY_TARGET } = NOT_READ;

export interface TaskQuery extends Partial<TaskFilter> {
  /** Only tasks whose targets lie wholly in these ranges. */
  within?: readonly KeyRange[] | undefined;
  /** Default: `newest`. */
  sort?: TaskSort | undefined;
  /** `next_cursor` of the previous page with the same sort. */
  cursor?: string | undefined;
}

/** A page that takes longer is given up by the database too: its client has its answer, 503. */
const PAGE_WITHIN_MS = 10_000;
/** Tasks of a page whose targets are read whole. A page with more ends there. */
const MAX_WHOLE_TARGETS = 50;

/** A cursor names its order in the first character. */
const toOrder = <Value extends number | Date>(
  mark: string,
  order: Pick<Order<Found>, 'field' | 'direction'> & {
    write: (found: Found) => number;
    read: (value: number) => Value;
  },
): Order<Found> => ({
  ...order,
  write: (found) => `${mark}${order.write(found)}`,
  read(text) {
    const value = text.startsWith(mark) ? readDigits(text.slice(mark.length)) : undefined;
    return value === undefined ? undefined : order.read(value);
  },
});

const CREATED = {
  field: 'created_time',
  write: ({ created_time }: Found) => created_time.getTime(),
  read: (ms: number) => new Date(ms),
};

const ORDER_BY_SORT: Record<TaskSort, Order<Found>> = {
  newest: toOrder('n', { ...CREATED, direction: -1 }),
  oldest: toOrder('o', { ...CREATED, direction: 1 }),
  priority: toOrder('p', {
    field: 'config.priority',
    direction: -1,
    write: ({ config }) => config.priority,
    read: (priority) => priority,
  }),
};

/** The tasks that match, in the order of the list. */
export const findTaskList = (db: Database, { sort = 'newest', cursor, ...filter }: TaskQuery) =>
  db.tasks
    .find<Found>(toListFilter(filter, sort, cursor), {
      projection: filter.target === undefined ? NOT_READ : NOT_READ_BY_TARGET,
      maxTimeMS: PAGE_WITHIN_MS,
    })
    .sort(toSort(ORDER_BY_SORT[sort]))
    .batchSize(PAGE_BATCH);

type ListFilter = Omit<TaskQuery, 'sort' | 'cursor'>;

const toListFilter = (filter: ListFilter, sort: TaskSort, cursor: string | undefined) =>
  cursor === undefined ? toFilter(filter) : continueAfter(cursor, toFilter(filter), ORDER_BY_SORT[sort]);

function toFilter({
  task_id,
  label,
  task_initiator,
  task_category,
  task_type,
  pool,
  status,
  schedule_id,
  freeze_id,
  target,
  after,
  before,
  within,
}: ListFilter) {
  const time = { ...(after && { $gte: new Date(after) }), ...(before && { $lt: new Date(before) }) };
  return {
    ...(task_id && { task_id: { $in: task_id } }),
    ...(label && { labels: { $all: label } }),
    ...(task_initiator !== undefined && { task_initiator }),
    ...(task_category !== undefined && { task_category }),
    ...(task_type !== undefined && { task_type }),
    ...(pool !== undefined && { 'config.pool': pool }),
    ...(status && { status: { $in: status } }),
    ...(schedule_id !== undefined && { schedule_id }),
    ...(freeze_id !== undefined && { 'hold.freeze_id': freeze_id }),
    ...(target !== undefined && { target_ranges: { $elemMatch: toOverlap(target) } }),
    ...((after || before) && { created_time: time }),
    ...(within && withinRanges(within)),
    ...NOT_DELETING,
  };
}

/** A range that has an address in common with this network. */
function toOverlap(target: string) {
  const { first, last } = findKeyRange(target) ?? NO_KEYS;
  return { first: { $lte: last }, last: { $gte: first } };
}

/** No range has the empty key. */
const NO_KEYS = { first: '', last: '' };

export function createTaskList(db: Database) {
  const targets = createTaskTargets(db);

  /** Ranges that were joined hold addresses that are not targets, so the targets themselves are looked at. */
  async function hasTarget({ task_id }: Found, target: string): Promise<boolean> {
    const segments = (await targets.find(task_id))?.target_segments ?? [];
    const wanted = parseTargets(target);
    return segments.some((segment) => parseTargets(segment.targets).overlaps(wanted));
  }

  async function findAll(query: TaskQuery, limit: number, toNext: (last: Found) => string): Promise<Page<Found>> {
    for (let more = 0; ; ) {
      let aside = 0;
      const found = findTaskList(db, query).limit(limit + 1 + more);
      async function* findReadable(): AsyncGenerator<Found> {
        for await (const task of found) {
          if (isListed(task)) yield task;
          else aside += 1;
        }
      }
      const page = await toPage(findReadable(), limit, toNext);
      if (page.next_cursor !== undefined || aside <= more) return page;
      more = aside;
    }
  }

  /**
   * A page has at most `limit` tasks and 1 MB, and with `target` it may have fewer, even none, and a next one: then it
   * has looked at as many tasks as it may whose targets must be read whole.
   */
  return async function findTasks({ limit, ...query }: TaskQuery & { limit: number }): Promise<Page<ListedTask>> {
    const order = ORDER_BY_SORT[query.sort ?? 'newest'];
    const toNext = (last: Found) => toCursor(order, last, last.task_id);
    const { target } = query;
    if (target === undefined) return findAll(query, limit, toNext);
    const found = findTaskList(db, query);
    let last: Found | undefined;
    let isCut = false;
    async function* findMatching(): AsyncGenerator<Found> {
      let looked = 0;
      for await (const task of found) {
        if (!isListed(task)) continue;
        if (task.target_ranges!.length === MAX_KEY_RANGES) {
          isCut = looked === MAX_WHOLE_TARGETS;
          if (isCut) return;
          looked += 1;
          last = task;
          if (!(await hasTarget(task, target!))) continue;
        }
        last = task;
        yield task;
      }
    }
    const page = await toPage(findMatching(), limit, toNext);
    return isCut && page.next_cursor === undefined ? { ...page, next_cursor: toNext(last!) } : page;
  };
}
