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
import type { SubTask } from '@cyberstroll/contracts';
import { findKeyRange, type KeyRange } from '@cyberstroll/targets';
import type { mongo } from 'mongoose';
import type { Database } from '../../mongodb/models/database';
import { findFields, type Part, project } from '../../mongodb/models/fields';
import { toSubTaskObjectId } from '../../mongodb/models/subtask-object-id';
import { continueAfter, type Order, readDigits, toCursor, toSort } from '../../mongodb/queries/continue-after';
import { indexFirst } from '../../mongodb/queries/index-first';
import { fromAddressPosition, LAST_ADDRESS, toAddressPosition, type Window } from './result-windows';

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

/** A query without a label. `count`: the targets of its task. */
export type PlainQuery = Omit<ResultQuery, 'label'> & { count?: number };

type Filter = Record<string, unknown>;

const FIELDS = [
  ...(['task_id', 'subtask_id', 'index', 'ip', 'address_key'] as const),
  ...(['scan_result', 'completed_time', 'assigned_node'] as const),
] as const;
export type Found = Part<SubTask, (typeof FIELDS)[number]>;

/** The subtasks of these results within `window`, in the order of the list. */
export function findResults(
  db: Database,
  query: PlainQuery,
  options: mongo.FindOptions = {},
  window = toRange(query, toOrder(query)),
): mongo.FindCursor<Found> {
  const { indexed, checked } = toFilters(query, window);
  return findFields(db.subTasks, indexFirst(...indexed, checked), FIELDS, options).sort(toFullSort(query));
}

/**
 * Where in the window the last one of `count` documents is that must be looked at, if it has that many. Undefined, too,
 * if all of these are results: a limit says enough.
 */
export async function findEdge(
  db: Database,
  query: PlainQuery,
  window: Window,
  count: number,
  options: mongo.FindOptions,
): Promise<bigint | undefined> {
  const { indexed, checked } = toFilters(query, window);
  if (Object.keys(checked).length === 0) return undefined;
  const { field, toPosition } = toOrder(query);
  const found = db.subTasks.find(indexFirst(...indexed), { ...options, projection: project([field]) });
  const last = await found
    .sort(toFullSort(query))
    .skip(count - 1)
    .limit(1)
    .next();
  return last === null ? undefined : toPosition(last[field]!);
}

/** An index and an address are those of one subtask of the task: its indexes have no `_id`. */
function toFullSort(query: PlainQuery) {
  const order = toOrder(query);
  return query.task_id === undefined ? toSort(order) : { [order.field]: order.direction };
}

/** `indexed`: what an index answers, its bounds first. `checked`: what is left for each document. */
function toFilters(query: PlainQuery, window: Window): { indexed: [bounds: Filter, ...Filter[]]; checked: Filter } {
  const { port, service, task_id, after, before, within, cursor } = query;
  const order = toOrder(query);
  const [first, last] = [order.fromPosition(window.first), order.fromPosition(window.last)];
  const open = port === undefined ? {} : { 'scan_result.open_ports': port };
  const filter: Filter = {
    has_open_ports: true,
    ...(order === BY_INDEX && { task_id }),
    [order.field]: order.direction === 1 ? { $gte: first, $lte: last } : { $gte: last, $lte: first },
  };
  const { $or, ...bounds } = cursor === undefined ? filter : continueAfter(cursor, filter, order);
  const time = {
    ...(after !== undefined && { $gte: new Date(after) }),
    ...(before !== undefined && { $lt: new Date(before) }),
  };
  return {
    indexed: [
      bounds,
      $or === undefined ? {} : { $or },
      within ? { $or: within.map(toAddresses) } : {},
      order === BY_ADDRESS && task_id !== undefined ? { task_id } : {},
      order === BY_TIME ? open : {},
    ],
    checked: {
      ...(order !== BY_TIME && open),
      ...(order !== BY_TIME && Object.keys(time).length > 0 && { completed_time: time }),
      ...(service !== undefined && { 'scan_result.services': toServicePattern(service, port) }),
    },
  };
}

const toAddresses = ({ first, last }: KeyRange): Filter => ({ address_key: { $gte: first, $lte: last } });

/** Matches an entry of `services`: `<port>/<protocol> <name> [banner]`. */
const toServicePattern = (name: string, port?: number): RegExp =>
  new RegExp(`^${port ?? '\\d+'}/\\S+ \\S*${name.replaceAll(/[^A-Za-z0-9]/g, '\\$&')}`, 'i');

type Value = string | number | Date;

/** An order that is read in windows of its positions. */
export interface WindowedOrder<Of extends Value = Value> extends Order<Found> {
  /** The field before `_id`. */
  field: 'address_key' | 'index' | 'completed_time';
  /** All positions. */
  whole: Window;
  /** Positions of the first window. */
  width: bigint;
  /** Positions that the first window has besides. */
  toLead: (first: bigint) => bigint;
  getValue: (found: Found) => Of;
  /** The value in a cursor. */
  toText: (value: Of) => string | number;
  toPosition: (value: Of) => bigint;
  fromPosition: (position: bigint) => Of;
}

const toOrderOf = <Of extends Value>(order: Omit<WindowedOrder<Of>, 'write'>) =>
  ({
    ...order,
    write: (found) => order.toText(order.getValue(found)),
  }) as WindowedOrder<Of> as unknown as WindowedOrder;
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
  toText: (key) => key,
  toPosition: toAddressPosition,
  fromPosition: fromAddressPosition,
  read: (text) => (/^[46]/.test(text) && (text.length === 9 || text.length === 33) ? text : undefined),
});
const BY_INDEX = toOrderOf<number>({
  field: 'index',
  direction: 1,
  whole: { first: 0n, last: 0xffff_ffffn },
  width: 4_096n,
  toLead: noLead,
  getValue: ({ index }) => index,
  toText: (index) => index,
  toPosition: BigInt,
  fromPosition: Number,
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
  toText: (time) => time.getTime(),
  toPosition: (time) => -BigInt(time.getTime()),
  fromPosition: (position) => new Date(Number(-position)),
  read: (text) => (readDigits(text) === undefined ? undefined : new Date(Number(text))),
});

export function toOrder({ target, task_id, within, by_address }: PlainQuery): WindowedOrder {
  if (target !== undefined || within || by_address) return BY_ADDRESS;
  return task_id === undefined ? BY_TIME : BY_INDEX;
}

/** Where in the order the results of a query are. */
export function toRange({ target, after, before, within, cursor, count }: PlainQuery, order: WindowedOrder): Window {
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
export const isWithin = (cursor: string | undefined, order: WindowedOrder, { first }: Window): cursor is string =>
  cursor !== undefined && (findPosition(cursor, order) ?? first) >= first;

/** Undefined if the cursor is not one of this order. */
function findPosition(cursor: string, { read, toPosition }: WindowedOrder): bigint | undefined {
  const value = read(cursor.split('-')[0]!);
  return value === undefined ? undefined : toPosition(value);
}

/** The cursor after this one. */
export const toCursorAfter = (order: WindowedOrder, last: Found): string =>
  toCursor(order, last, toSubTaskObjectId(last.task_id, last.index).toHexString());

/** Before and beyond every id of a subtask. */
const FIRST_ID = '0'.repeat(24);
export const LAST_ID = 'f'.repeat(24);

/** The cursor after all that is before a position. */
export const toCursorBefore = ({ toText, fromPosition, direction }: WindowedOrder, position: bigint): string =>
  `${toText(fromPosition(position - 1n))}-${direction === 1 ? LAST_ID : FIRST_ID}`;
