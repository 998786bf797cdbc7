import { MAX_SUBTASKS_PER_JOB, type Task } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';
import type { Database } from '../mongodb/database';
import { findFields, findOneFields } from '../mongodb/fields';
import type { Chunk } from './chunk-ledger';

/** By index, when the job that named the subtask was first sent. Subtasks that were never sent are missing. */
export type FindSentTimes = (
  task: Pick<Task, 'task_id' | 'cursor' | 'created_time'>,
  indexes: readonly number[],
) => Promise<Map<number, Date>>;

interface Stretch extends Pick<Chunk, 'first_index' | 'count'> {
  sent: Date;
}

/** Places in the cache, of some hundred bytes each. */
const MAX_PLACES = 20_000;
/** Indexes further apart are looked up by two queries: a whole ledger may lie between them. */
const MAX_GAP = 10 * MAX_SUBTASKS_PER_JOB;

/**
 * Reads the dispatch ledger. A chunk is written there before it is published, and deleted only after the cursor has
 * passed it. So a chunk that was found once is remembered, and a subtask has not been sent if its chunk is not found
 * and the cursor is not beyond it. Both are read outside the transaction, because the transaction's snapshot may be
 * older; first the ledger, then the cursor. A batch of new subtasks costs one query, or none if their chunks are known.
 */
export function createSentTimes(db: Database, maxPlaces = MAX_PLACES): FindSentTimes {
  /** By task and place (500 indexes each): the chunks that reach into it. The place used last is at the end. */
  const cache = new BoundedMap<string, Stretch[]>(maxPlaces);

  function usePlace(taskId: string, place: number): Stretch[] {
    const key = toKey(taskId, place);
    const stretches = cache.get(key);
    if (stretches) cache.set(key, stretches);
    return stretches ?? [];
  }

  /** Adds the remembered times to `sent`. Returns the indexes that are not remembered. */
  function recall(taskId: string, indexes: readonly number[], sent: Map<number, Date>): number[] {
    const places = new Map<number, Stretch[]>();
    return indexes.filter((index) => {
      const place = toPlace(index);
      const stretches = places.get(place) ?? usePlace(taskId, place);
      places.set(place, stretches);
      const found = stretches.find(({ first_index, count }) => index >= first_index && index < first_index + count);
      if (found) sent.set(index, found.sent);
      return !found;
    });
  }

  function remember(taskId: string, stretch: Stretch): void {
    const last = toPlace(stretch.first_index + stretch.count - 1);
    for (let place = toPlace(stretch.first_index); place <= last; place++) {
      const key = toKey(taskId, place);
      const others = (cache.get(key) ?? []).filter(({ first_index }) => first_index !== stretch.first_index);
      cache.set(key, [...others, stretch]);
    }
  }

  async function read(taskId: string, [first, last]: Range): Promise<void> {
    const filter = { task_id: taskId, first_index: { $gt: first - MAX_SUBTASKS_PER_JOB, $lte: last } };
    const found = findFields(db.chunks, filter, ['first_index', 'count', 'dispatched_time', 'first_dispatched_time']);
    for await (const { first_index, count, dispatched_time, first_dispatched_time: sent = dispatched_time } of found) {
      remember(taskId, { first_index, count, sent });
    }
  }

  async function readCursor(taskId: string): Promise<number> {
    return (await findOneFields(db.tasks, { task_id: taskId }, ['cursor']))?.cursor ?? 0;
  }

  return async function findSentTimes({ task_id, cursor, created_time }, indexes) {
    const sent = new Map<number, Date>();
    const unknown = recall(task_id, indexes, sent);
    await Promise.all(toRanges(unknown, cursor).map((range) => read(task_id, range)));
    const missing = recall(task_id, unknown, sent);
    const isAhead = missing.some((index) => index >= cursor);
    const passed = isAhead ? Math.max(cursor, await readCursor(task_id)) : cursor;
    // Everything below the cursor was sent, even if its chunk was deleted.
    for (const index of missing) if (index < passed) sent.set(index, created_time);
    return sent;
  };
}

type Range = [first: number, last: number];

/**
 * The ranges where the chunks of these indexes may be. All indexes beyond the cursor share one range, since few chunks
 * begin there.
 */
function toRanges(indexes: readonly number[], cursor: number): Range[] {
  const ranges: Range[] = [];
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && (index - range[1] <= MAX_GAP || range[0] >= cursor)) range[1] = index;
    else ranges.push(index < cursor ? [index, index] : [cursor, index]);
  }
  return ranges;
}

const toPlace = (index: number) => Math.floor(index / MAX_SUBTASKS_PER_JOB);
const toKey = (taskId: string, place: number) => `${taskId}:${place}`;
