import type { Page, Result } from '@cyberstroll/contracts';
import { toPorts } from '@cyberstroll/task-state';
import type { Database } from '../../mongodb/models/database';
import { toCursor } from '../../mongodb/queries/continue-after';
import { PAGE_BATCH, toPage } from '../../mongodb/queries/take-page';
import { type Reading, readResults } from './read-results';
import { type Found, type ResultQuery, toCursorAfter, toOrder } from './result-queries';

export interface ResultRepository {
  /**
   * A page has fewer than `limit`, perhaps none, and a cursor that leads on, where four seconds were not enough to find
   * them.
   */
  findPage(query: ResultQuery & { limit: number }): Promise<Page<Result>>;
  /**
   * All results that match, read as they are taken, by connections of their own. Memory holds one batch of them. Ends
   * with an error if MongoDB stays away, and at once when `signal` aborts.
   */
  stream(query: ResultQuery & { limit?: number | undefined }, signal: AbortSignal): Promise<AsyncIterable<Result>>;
  /**
   * Takes the first `limit` results that match one after the other, by the connections of `stream`, for as long as a
   * page may take. Resolves with whether these are all.
   */
  takeFirst(
    query: ResultQuery & { limit: number },
    take: (result: Result) => void,
    signal: AbortSignal,
  ): Promise<boolean>;
}

/** After this long a page ends with what it has. Its client waits twice as long. */
const PAGE_WITHIN_MS = 4_000;
const STREAM_BATCH = 500;
/** The driver takes a connection for dead that is silent for a minute. */
const STREAM_WINDOW_MS = 20_000;
/** Of a stream, after faults. A page leaves that to its client. */
const STREAM_RETRIES = 3;

/** `openExports`: the database by connections that no other request waits for. */
export function createResults(db: Database, openExports: () => Promise<Database>): ResultRepository {
  return {
    async findPage({ limit, ...query }) {
      let end: string | undefined;
      const reading = toPageReading({
        batchSize: PAGE_BATCH,
        signal: new AbortController().signal,
        noteEnd: (cursor) => {
          end = cursor;
        },
      });
      const found = readResults(db, { ...query, limit: limit + 1 }, reading);
      const { items, next_cursor = end } = await toPage(found, limit, (last) => toNext(query, last));
      return { items: items.map(toResult), ...(next_cursor !== undefined && { next_cursor }) };
    },

    async stream(query, signal) {
      const reading = { batchSize: STREAM_BATCH, signal, mostMs: STREAM_WINDOW_MS, retries: STREAM_RETRIES };
      return toResults(readResults(await openExports(), query, reading));
    },

    async takeFirst({ limit, ...query }, take, signal) {
      let isAll = true;
      const noteEnd = () => {
        isAll = false;
      };
      const reading = toPageReading({ batchSize: STREAM_BATCH, signal, noteEnd });
      let left = limit;
      for await (const found of readResults(await openExports(), { ...query, limit: limit + 1 }, reading)) {
        if (left === 0) return false;
        left -= 1;
        take(toResult(found));
      }
      return isAll;
    },
  };
}

/** It ends with what it has, and leaves what a fault has cost to the client. */
const toPageReading = (given: Pick<Reading, 'batchSize' | 'signal' | 'noteEnd'>): Reading => ({
  ...given,
  mostMs: PAGE_WITHIN_MS,
  retries: 0,
  untilMs: performance.now() + PAGE_WITHIN_MS,
});

async function* toResults(found: AsyncIterable<Found>): AsyncGenerator<Result> {
  for await (const subTask of found) yield toResult(subTask);
}

/** The cursor after this one. Of a label it names the task: an index and an address are those of one subtask of it. */
const toNext = ({ label, ...query }: ResultQuery, last: Found): string =>
  label === undefined
    ? toCursorAfter(toOrder(query), last)
    : toCursor(toOrder({ ...query, task_id: last.task_id }), last, last.task_id);

function toResult({ scan_result, completed_time, assigned_node, ...found }: Found): Result {
  const { open_ports, services, response_time, hostnames, finding_count } = scan_result!;
  return {
    task_id: found.task_id,
    subtask_id: found.subtask_id,
    ip: found.ip,
    open_ports,
    services,
    ports: toPorts(scan_result!),
    ...(hostnames && { hostnames }),
    ...(finding_count !== undefined && { finding_count }),
    response_time,
    completed_time: completed_time!,
    ...(assigned_node !== undefined && { assigned_node }),
  };
}
