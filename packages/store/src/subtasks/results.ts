/**
 * Results: completed subtasks with an open port, across all tasks. Every query reads an index that holds only these,
 * in the order of the list, so that neither a page nor a stream sorts:
 *
 * - of a target: the order of addresses
 * - of a task alone: the order of the task
 * - otherwise the newest first, with `port` from the index of ports
 *
 * The other filters are checked on the documents that the index names.
 */
import type { Page, Result, SubTask } from '@cyberstroll/contracts';
import { findKeyRange } from '@cyberstroll/targets';
import type { mongo } from 'mongoose';
import { continueAfter, type Order, readDigits, toCursor, toSort } from '../mongodb/continue-after';
import type { Database } from '../mongodb/database';
import { findFields, type Part } from '../mongodb/fields';
import { toStoreError } from '../mongodb/mongo-errors';
import { takePage } from '../mongodb/take-page';
import { toSubTaskObjectId } from './subtask-object-id';

/** Which results: those that match every given filter. */
export interface ResultQuery {
  port?: number | undefined;
  /** Part of the name of a service, in any case. With `port`: of the service on that port. */
  service?: string | undefined;
  /** An address or a network. */
  target?: string | undefined;
  task_id?: string | undefined;
  /** Completed at this time or later. ISO 8601. */
  after?: string | undefined;
  /** Completed before this time. ISO 8601. */
  before?: string | undefined;
  /** `next_cursor` of the previous page with the same filters. */
  cursor?: string | undefined;
}

type Filter = Record<string, unknown>;

export interface ResultRepository {
  findPage(query: ResultQuery & { limit: number }): Promise<Page<Result>>;
  /**
   * All results that match, read as they are taken. Memory holds one batch of them. Ends with an error if MongoDB
   * fails, and at once when `signal` aborts.
   */
  stream(query: ResultQuery & { limit?: number | undefined }, signal: AbortSignal): Promise<AsyncIterable<Result>>;
}

const FIELDS = [
  ...(['task_id', 'subtask_id', 'index', 'ip', 'address_key'] as const),
  ...(['scan_result', 'completed_time', 'assigned_node'] as const),
] as const;
type Found = Part<SubTask, (typeof FIELDS)[number]>;

/** A page that takes longer is given up by the database too: its client has its answer, 503. */
const PAGE_WITHIN_MS = 10_000;
const STREAM_BATCH = 500;
/**
 * The next cursor begins where this one ended. Not every server keeps the memory of a large cursor small, and none
 * keeps an idle one for long.
 */
const RESULTS_PER_CURSOR = 10_000;

/** The subtasks of these results, in the order of the list. */
export function findResults(db: Database, query: ResultQuery, options: mongo.FindOptions = {}) {
  return findFields(db.subTasks, toFilter(query), FIELDS, options).sort(toSort(toOrder(query)));
}

export function createResults(db: Database): ResultRepository {
  return {
    async findPage({ limit, ...query }) {
      const order = toOrder(query);
      const page = await takePage(findResults(db, query, { maxTimeMS: PAGE_WITHIN_MS }), limit, (last) =>
        toCursor(order, last, toIdText(last)),
      );
      return { ...page, items: page.items.map(toResult) };
    },

    stream: async (query, signal) => readAll(db, query, signal),
  };
}

async function* readAll(
  db: Database,
  { limit = Number.POSITIVE_INFINITY, ...query }: ResultQuery & { limit?: number | undefined },
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const order = toOrder(query);
  let { cursor } = query;
  for (let left = limit; left > 0 && !signal.aborted; ) {
    const size = Math.min(left, RESULTS_PER_CURSOR);
    const found = findResults(db, { ...query, cursor })
      .limit(size)
      .batchSize(STREAM_BATCH);
    const close = () => void found.close().catch(() => undefined);
    signal.addEventListener('abort', close);
    let count = 0;
    try {
      for await (const subTask of found) {
        count += 1;
        cursor = toCursor(order, subTask, toIdText(subTask));
        yield toResult(subTask);
      }
    } catch (error) {
      throw toStoreError(error);
    } finally {
      signal.removeEventListener('abort', close);
    }
    if (count < size) return;
    left -= count;
  }
}

const toResult = ({ scan_result, completed_time, assigned_node, ...found }: Found): Result => ({
  ...{ task_id: found.task_id, subtask_id: found.subtask_id, ip: found.ip },
  ...{ open_ports: scan_result!.open_ports, services: scan_result!.services },
  ...{ response_time: scan_result!.response_time, completed_time: completed_time! },
  ...(assigned_node !== undefined && { assigned_node }),
});

function toFilter({ port, service, target, task_id, after, before, cursor }: ResultQuery): Filter {
  const range = target === undefined ? undefined : (findKeyRange(target) ?? NO_KEYS);
  const filter: Filter = {
    has_open_ports: true,
    ...(task_id !== undefined && { task_id }),
    ...(port !== undefined && { 'scan_result.open_ports': port }),
    ...(service !== undefined && { 'scan_result.services': toServicePattern(service, port) }),
    completed_time: { $gte: new Date(after ?? 0), ...(before !== undefined && { $lt: new Date(before) }) },
    ...(range && { address_key: { $gte: range.first, $lte: range.last } }),
  };
  return cursor === undefined ? filter : continueAfter(cursor, filter, toOrder({ target, task_id }));
}

/** No address has the empty key. */
const NO_KEYS = { first: '', last: '' };

/** Matches an entry of `services`: `<port>/<protocol> <name> [banner]`. */
const toServicePattern = (name: string, port?: number): RegExp =>
  new RegExp(`^${port ?? '\\d+'}/\\S+ \\S*${name.replaceAll(/[^A-Za-z0-9]/g, '\\$&')}`, 'i');

const BY_ADDRESS: Order<Found> = {
  ...{ field: 'address_key', direction: 1 },
  write: ({ address_key }) => address_key!,
  read: (text) => (/^[46]/.test(text) && (text.length === 9 || text.length === 33) ? text : undefined),
};
const BY_INDEX: Order<Found> = { field: 'index', direction: 1, write: ({ index }) => index, read: readDigits };
const BY_TIME: Order<Found> = {
  ...{ field: 'completed_time', direction: -1 },
  write: ({ completed_time }) => completed_time!.getTime(),
  read: (text) => (readDigits(text) === undefined ? undefined : new Date(Number(text))),
};

function toOrder({ target, task_id }: ResultQuery): Order<Found> {
  if (target !== undefined) return BY_ADDRESS;
  return task_id === undefined ? BY_TIME : BY_INDEX;
}

const toIdText = ({ task_id, index }: Found): string => toSubTaskObjectId(task_id, index).toHexString();
