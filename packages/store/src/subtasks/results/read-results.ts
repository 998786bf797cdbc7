/**
 * Reads results window by window. A filter that no index answers is checked on each document of a window. So another
 * query says first where the window has enough documents: it ends there. A window also has a time, as a server may be
 * slow: one that takes longer is given up, and the next is narrower. What was read stays read: after a fault it
 * continues where the last result was.
 */
import { backoffMs, delay } from '@cyberstroll/runtime';
import type { mongo } from 'mongoose';
import type { Database } from '../../mongodb/models/database';
import { isTooSlow, isTransient, toStoreError } from '../../mongodb/queries/mongo-errors';
import { findLabelledTasks } from './labelled-tasks';
import {
  type Found,
  findEdge,
  findResults,
  isWithin,
  LAST_ID,
  type PlainQuery,
  type ResultQuery,
  toCursorAfter,
  toCursorBefore,
  toOrder,
  toRange,
} from './result-queries';
import { createPace, DOCUMENTS, toWindow, type Window } from './result-windows';

export interface Reading {
  batchSize: number;
  signal: AbortSignal;
  /** What the database may take for one window at most, in milliseconds. */
  mostMs: number;
  /** How often one window is read again after a fault that may pass, but the first. */
  retries: number;
  /** Of `performance.now()`: after it no window begins but the first. */
  untilMs?: number;
  /** Called where that ends the list, with the cursor of what comes next. */
  noteEnd?: (cursor: string) => void;
}

type Limit = { limit?: number | undefined };

/**
 * The next cursor begins where this one ended. Not every server keeps the memory of a large cursor small, and none
 * keeps an idle one for long.
 */
const RESULTS_PER_CURSOR = 100_000;
const BACKOFF = { baseMs: 200, capMs: 2_000 };

/** All that match, of a label task by task. */
export async function* readResults(
  db: Database,
  { label, ...query }: ResultQuery & Limit,
  reading: Reading,
): AsyncGenerator<Found> {
  if (label === undefined) return yield* readPlain(db, query, reading);
  const [place, task] = query.cursor?.split('-') ?? [];
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  let isEnded = false;
  for (const { task_id, count } of await findLabelledTasks(db, { ...query, label })) {
    if (left <= 0 || isEnded || reading.signal.aborted) return;
    if (task !== undefined && task_id > task) continue;
    const cursor = task_id === task ? `${place}-${LAST_ID}` : undefined;
    const ofTask = { ...query, task_id, count, cursor, limit: left };
    const noteEnd = (end: string) => {
      isEnded = true;
      reading.noteEnd?.(`${end.split('-')[0]}-${task_id}`);
    };
    for await (const found of readPlain(db, ofTask, { ...reading, noteEnd })) {
      left -= 1;
      yield found;
    }
  }
}

async function* readPlain(
  db: Database,
  { limit = Number.POSITIVE_INFINITY, ...query }: PlainQuery & Limit,
  { batchSize, signal, mostMs, retries, untilMs = Number.POSITIVE_INFINITY, noteEnd }: Reading,
): AsyncGenerator<Found> {
  const order = toOrder(query);
  const range = toRange(query, order);
  let cursor = isWithin(query.cursor, order, range) ? query.cursor : undefined;
  const pace = createPace(order.width, mostMs);
  let lead = order.toLead(range.first);
  let left = limit;
  let failures = 0;
  let hasMoved = false;

  while (left > 0 && range.first <= range.last && !signal.aborted) {
    if (hasMoved && performance.now() > untilMs) return noteEnd?.(cursor ?? toCursorBefore(order, range.first));
    const size = Math.min(left, RESULTS_PER_CURSOR);
    const window = toWindow(range, lead + pace.width);
    const options = { maxTimeMS: pace.withinMs, batchSize, limit: size };
    const read = yield* readWindow(db, { ...query, cursor }, window, options, signal);
    const { count, first, last, edge, tookMs, fault } = read;
    left -= count;
    const isWhole = fault === undefined && count < size;
    if (isWhole) {
      cursor = undefined;
      if (edge === undefined) pace.noteFound(pace.width, count, tookMs);
      else pace.noteFound(edge - range.first - lead + 1n, DOCUMENTS, tookMs);
      range.first = (edge ?? window.last) + 1n;
    } else if (first && last) {
      // There may be more in this window.
      cursor = toCursorAfter(order, last);
      range.first = order.toPosition(order.getValue(last));
      pace.noteFound(range.first - order.toPosition(order.getValue(first)) + 1n, count, tookMs);
    }
    if (isWhole || last) {
      hasMoved = true;
      failures = 0;
      lead = 0n;
    }
    if (fault === undefined || signal.aborted) continue;
    const isLate = !hasMoved && performance.now() > untilMs;
    if (isTooSlow(fault) && !isLate && pace.noteTooSlow()) continue;
    if (isTransient(fault) && hasMoved && failures++ < retries) {
      // Perhaps the connection was given up because the window was too wide.
      if (tookMs > pace.withinMs) pace.noteTooSlow();
      await delay(backoffMs(failures, BACKOFF, Math.random()), signal);
    } else throw toStoreError(fault);
  }
}

interface ReadWindow {
  count: number;
  first: Found | undefined;
  last: Found | undefined;
  /** Where it ended, as the rest of the window has more documents than a window should. */
  edge: bigint | undefined;
  /** Until the answers came, without what the reader did between them. */
  tookMs: number;
  /** What ended it too early. */
  fault: unknown;
}

async function* readWindow(
  db: Database,
  query: PlainQuery,
  window: Window,
  options: mongo.FindOptions,
  signal: AbortSignal,
): AsyncGenerator<Found, ReadWindow> {
  const read: ReadWindow = {
    count: 0,
    first: undefined,
    last: undefined,
    edge: undefined,
    tookMs: 0,
    fault: undefined,
  };
  let found: mongo.FindCursor<Found> | undefined;
  let isClosing = false;
  // Of two at once the second ends the driver's session, and the first cannot kill the server's cursor any more.
  const close = () => {
    if (!isClosing) found?.close().catch(() => undefined);
    isClosing = true;
  };
  signal.addEventListener('abort', close);
  let askedAt = performance.now();
  try {
    const { maxTimeMS } = options;
    read.edge = await findEdge(db, query, window, DOCUMENTS, { maxTimeMS });
    if (!signal.aborted) found = findResults(db, query, options, { ...window, last: read.edge ?? window.last });
    for (;;) {
      const next = await found?.next();
      if (!next) break;
      read.tookMs += performance.now() - askedAt;
      read.count += 1;
      read.first ??= next;
      read.last = next;
      yield next;
      askedAt = performance.now();
    }
    read.tookMs += performance.now() - askedAt;
  } catch (fault) {
    read.fault = fault;
    read.tookMs += performance.now() - askedAt;
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
  return read;
}
