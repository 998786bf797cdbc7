/**
 * Results: completed subtasks with an open port, across all tasks. Every query reads an index that holds only these,
 * in the order of the list, so that neither a page nor a stream sorts:
 *
 * - of a target, for an API key with networks, or on demand: the order of addresses
 * - of a task alone: the order of the task
 * - of a label: task by task, the newest task first, each as if it were asked for alone
 * - otherwise the newest first, with `port` from the index of ports
 *
 * The other filters are checked on the documents that the index names.
 */
import type { Page, Result, SubTask } from '@cyberstroll/contracts';
import { findKeyRange, type KeyRange } from '@cyberstroll/targets';
import type { mongo } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import { findFields, type Part } from '../mongodb/models/fields';
import { toSubTaskObjectId } from '../mongodb/models/subtask-object-id';
import { continueAfter, type Order, readDigits, toCursor, toSort } from '../mongodb/queries/continue-after';
import { toStoreError } from '../mongodb/queries/mongo-errors';
import { PAGE_BATCH, toPage } from '../mongodb/queries/take-page';
import { findLabelledTasks } from './labelled-tasks';
import {
  fromAddressPosition,
  LAST_ADDRESS,
  toAddressPosition,
  toNextWidth,
  toWindow,
  type Window,
} from './result-windows';

/** Which results: those that match every given filter. */
export interface ResultQuery {
  port?: number | undefined;
  /** Part of the name of a service, in any case. With `port`: of the service on that port. */
  service?: string | undefined;
  /** An address or a network. */
  target?: string | undefined;
  task_id?: string | undefined;
  /** Of tasks with this label. */
  label?: string | undefined;
  /** Completed at this time or later. ISO 8601. */
  after?: string | undefined;
  /** Completed before this time. ISO 8601. */
  before?: string | undefined;
  /** Only addresses in one of these ranges, which are ascending: in the order of addresses, too. */
  within?: readonly KeyRange[] | undefined;
  /** In the order of addresses, also without a target. */
  by_address?: true | undefined;
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

/** A query without a label. `count`: the targets of its task. */
type PlainQuery = Omit<ResultQuery, 'label'> & { count?: number };
type Limit = { limit?: number | undefined };

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
const RESULTS_PER_CURSOR = 100_000;

/** The subtasks of these results within `window`, in the order of the list. */
export function findResults(
  db: Database,
  query: PlainQuery,
  options: mongo.FindOptions = {},
  window = toRange(query, toOrder(query)),
) {
  const order = toOrder(query);
  // An index and an address are those of one subtask of the task: its indexes have no `_id`.
  const sort = query.task_id === undefined ? toSort(order) : { [order.field]: order.direction };
  return findFields(db.subTasks, toFilter(query, window), FIELDS, options).sort(sort);
}

export function createResults(db: Database): ResultRepository {
  return {
    async findPage({ limit, ...query }) {
      const options = { maxTimeMS: PAGE_WITHIN_MS, batchSize: PAGE_BATCH };
      const found = readAll(db, { ...query, limit: limit + 1 }, options, new AbortController().signal);
      const page = await toPage(found, limit, (last) => toNext(query, last));
      return { ...page, items: page.items.map(toResult) };
    },

    stream: async (query, signal) => toResults(readAll(db, query, { batchSize: STREAM_BATCH }, signal)),
  };
}

async function* toResults(found: AsyncIterable<Found>): AsyncGenerator<Result> {
  for await (const subTask of found) yield toResult(subTask);
}

/** The cursor after this one. Of a label it names the task: an index and an address are those of one subtask of it. */
const toNext = ({ label, ...query }: ResultQuery, last: Found): string =>
  label === undefined
    ? toCursor(toOrder(query), last, toIdText(last))
    : toCursor(toOrder({ ...query, task_id: last.task_id }), last, last.task_id);

/** Beyond every id of a subtask. */
const LAST_ID = 'f'.repeat(24);

/** All that match, of a label task by task. */
async function* readAll(
  db: Database,
  { label, ...query }: ResultQuery & Limit,
  options: mongo.FindOptions,
  signal: AbortSignal,
): AsyncGenerator<Found> {
  if (label === undefined) return yield* readPlain(db, query, options, signal);
  const [place, task] = query.cursor?.split('-') ?? [];
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  for (const { task_id, count } of await findLabelledTasks(db, { ...query, label })) {
    if (left <= 0 || signal.aborted) return;
    if (task !== undefined && task_id > task) continue;
    const cursor = task_id === task ? `${place}-${LAST_ID}` : undefined;
    for await (const found of readPlain(db, { ...query, task_id, count, cursor, limit: left }, options, signal)) {
      left -= 1;
      yield found;
    }
  }
}

/** All that match, window by window. */
async function* readPlain(
  db: Database,
  { limit = Number.POSITIVE_INFINITY, ...query }: PlainQuery & Limit,
  options: mongo.FindOptions,
  signal: AbortSignal,
): AsyncGenerator<Found> {
  const order = toOrder(query);
  const range = toRange(query, order);
  let cursor = isWithin(query.cursor, order, range) ? query.cursor : undefined;
  let { width } = order;
  let lead = order.toLead(range.first);
  for (let left = limit; left > 0 && range.first <= range.last && !signal.aborted; ) {
    const size = Math.min(left, RESULTS_PER_CURSOR);
    const window = toWindow(range, lead + width);
    const found = findResults(db, { ...query, cursor }, options, window).limit(size);
    const close = () => void found.close().catch(() => undefined);
    signal.addEventListener('abort', close);
    let count = 0;
    let first: Found | undefined;
    let last: Found | undefined;
    try {
      for await (const subTask of found) {
        count += 1;
        first ??= subTask;
        last = subTask;
        yield subTask;
      }
    } catch (error) {
      throw toStoreError(error);
    } finally {
      signal.removeEventListener('abort', close);
    }
    left -= count;
    lead = 0n;
    if (first && last && count === size) {
      // There may be more in this window.
      cursor = toCursor(order, last, toIdText(last));
      range.first = order.toPosition(order.getValue(last));
      width = toNextWidth(range.first - order.toPosition(order.getValue(first)) + 1n, count);
    } else {
      cursor = undefined;
      range.first = window.last + 1n;
      width = toNextWidth(width, count);
    }
  }
}

const toResult = ({ scan_result, completed_time, assigned_node, ...found }: Found): Result => ({
  task_id: found.task_id,
  subtask_id: found.subtask_id,
  ip: found.ip,
  open_ports: scan_result!.open_ports,
  services: scan_result!.services,
  response_time: scan_result!.response_time,
  completed_time: completed_time!,
  ...(assigned_node !== undefined && { assigned_node }),
});

function toFilter(query: PlainQuery, window: Window): Filter {
  const { port, service, task_id, after, before, within, cursor } = query;
  const order = toOrder(query);
  const [first, last] = [order.fromPosition(window.first), order.fromPosition(window.last)];
  const filter: Filter = {
    has_open_ports: true,
    ...(task_id !== undefined && { task_id }),
    ...(port !== undefined && { 'scan_result.open_ports': port }),
    ...(service !== undefined && { 'scan_result.services': toServicePattern(service, port) }),
    completed_time: { $gte: new Date(after ?? 0), ...(before !== undefined && { $lt: new Date(before) }) },
    ...(within && { $and: [{ $or: within.map(toAddresses) }] }),
  };
  filter[order.field] = order.direction === 1 ? { $gte: first, $lte: last } : { $gte: last, $lte: first };
  return cursor === undefined ? filter : continueAfter(cursor, filter, order);
}

const toAddresses = ({ first, last }: KeyRange): Filter => ({ address_key: { $gte: first, $lte: last } });

/** Matches an entry of `services`: `<port>/<protocol> <name> [banner]`. */
const toServicePattern = (name: string, port?: number): RegExp =>
  new RegExp(`^${port ?? '\\d+'}/\\S+ \\S*${name.replaceAll(/[^A-Za-z0-9]/g, '\\$&')}`, 'i');

type Value = string | number | Date;

/** An order that is read in windows of its positions. */
interface WindowedOrder<Of extends Value = Value> extends Order<Found> {
  /** The field before `_id`. */
  field: 'address_key' | 'index' | 'completed_time';
  /** All positions. */
  whole: Window;
  /** Positions of the first window. */
  width: bigint;
  /** Positions that the first window has besides. */
  toLead: (first: bigint) => bigint;
  getValue: (found: Found) => Of;
  toPosition: (value: Of) => bigint;
  fromPosition: (position: bigint) => Of;
}

const toOrderOf = <Of extends Value>(order: WindowedOrder<Of>) => order as unknown as WindowedOrder;
const noLead = () => 0n;
/** In milliseconds: the largest of a `Date`. */
const LAST_TIME = 8_640_000_000_000_000n;

const BY_ADDRESS = toOrderOf<string>({
  field: 'address_key',
  direction: 1,
  whole: { first: 0n, last: LAST_ADDRESS },
  width: 4_096n,
  toLead: noLead,
  getValue: ({ address_key }) => address_key!,
  toPosition: toAddressPosition,
  fromPosition: fromAddressPosition,
  write: ({ address_key }) => address_key!,
  read: (text) => (/^[46]/.test(text) && (text.length === 9 || text.length === 33) ? text : undefined),
});
const BY_INDEX = toOrderOf<number>({
  field: 'index',
  direction: 1,
  whole: { first: 0n, last: 0xffff_ffffn },
  width: 4_096n,
  toLead: noLead,
  getValue: ({ index }) => index,
  toPosition: BigInt,
  fromPosition: Number,
  write: ({ index }) => index,
  read: readDigits,
});
const BY_TIME = toOrderOf<Date>({
  field: 'completed_time',
  direction: -1,
  whole: { first: -LAST_TIME, last: 0n },
  width: 1_000n,
  /** The future: few results are in it. */
  toLead: (first) => (first < -BigInt(Date.now()) ? -BigInt(Date.now()) - first : 0n),
  getValue: ({ completed_time }) => completed_time!,
  toPosition: (time) => -BigInt(time.getTime()),
  fromPosition: (position) => new Date(Number(-position)),
  write: ({ completed_time }) => completed_time!.getTime(),
  read: (text) => (readDigits(text) === undefined ? undefined : new Date(Number(text))),
});

function toOrder({ target, task_id, within, by_address }: PlainQuery): WindowedOrder {
  if (target !== undefined || within || by_address) return BY_ADDRESS;
  return task_id === undefined ? BY_TIME : BY_INDEX;
}

/** Where in the order the results of a query are. */
function toRange({ target, after, before, within, cursor, count }: PlainQuery, order: WindowedOrder): Window {
  const range = { ...order.whole };
  if (target !== undefined) {
    const keys = findKeyRange(target);
    // No address is a member of such a target.
    if (!keys) return { first: 1n, last: 0n };
    Object.assign(range, { first: toAddressPosition(keys.first), last: toAddressPosition(keys.last) });
  }
  if (within) {
    const [first, last] = [toAddressPosition(within[0]!.first), toAddressPosition(within.at(-1)!.last)];
    if (range.first < first) range.first = first;
    if (range.last > last) range.last = last;
  }
  if (order === BY_INDEX && count !== undefined) range.last = BigInt(count) - 1n;
  if (order === BY_TIME && before !== undefined) range.first = order.toPosition(new Date(before)) + 1n;
  if (order === BY_TIME && after !== undefined) range.last = order.toPosition(new Date(after));
  return isWithin(cursor, order, range) ? { ...range, first: findPosition(cursor, order) ?? range.first } : range;
}

/** Whether the list continues at a cursor. One of another filter may lie before the list begins. */
const isWithin = (cursor: string | undefined, order: WindowedOrder, { first }: Window): cursor is string =>
  cursor !== undefined && (findPosition(cursor, order) ?? first) >= first;

/** Undefined if the cursor is not one of this order. */
function findPosition(cursor: string, { read, toPosition }: WindowedOrder): bigint | undefined {
  const value = read(cursor.split('-')[0]!);
  return value === undefined ? undefined : toPosition(value);
}

const toIdText = ({ task_id, index }: Found): string => toSubTaskObjectId(task_id, index).toHexString();
