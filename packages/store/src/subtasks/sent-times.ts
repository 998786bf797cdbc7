import { MAX_SUBTASKS_PER_JOB, type Task } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';
import type { Database } from '../mongodb/models/database';
import type { Chunk } from '../mongodb/models/documents';
import { findFields } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';

type SentTask = Pick<Task, 'task_id' | 'cursor' | 'created_time'>;

/** By index, when the job that named the subtask was first sent. Subtasks that were never sent are missing. */
export type SentTimes = ReadonlyMap<number, Date>;

/** The sent times of subtasks of several tasks, in the order of the tasks. */
export type FindSentTimes = (asked: readonly { task: SentTask; indexes: readonly number[] }[]) => Promise<SentTimes[]>;

interface Stretch extends Pick<Chunk, 'first_index' | 'count'> {
  sent: Date;
}

const CHUNK_FACTS = ['task_id', 'first_index', 'count', 'dispatched_time', 'first_dispatched_time'] as const;

/** Places in the cache, of some hundred bytes each. */
const MAX_PLACES = 20_000;
/** Indexes further apart are looked up by two queries: a whole ledger may lie between them. */
const MAX_GAP = 10 * MAX_SUBTASKS_PER_JOB;

/**
 * Reads the dispatch ledger. A chunk is written there before it is published, and deleted only after the cursor has
 * passed it. So a chunk that was found once is remembered, and a subtask has not been sent if its chunk is not found
 * and the cursor is not beyond it. Both are read outside the transaction, because the transaction's snapshot may be
 * older; first the ledger, then the cursor. A batch of new subtasks costs one query, or none if their chunks are known;
 * more if they lie far apart in their tasks.
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
    let found: Stretch | undefined;
    return indexes.filter((index) => {
      // Neighbours are mostly of one chunk.
      if (!found || !isWithin(index, found)) {
        const place = toPlace(index);
        const stretches = places.get(place) ?? usePlace(taskId, place);
        places.set(place, stretches);
        found = stretches.find((stretch) => isWithin(index, stretch));
      }
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

  async function read({ taskIds, first, last }: Ranges): Promise<void> {
    const filter = { task_id: { $in: taskIds }, first_index: { $gt: first - MAX_SUBTASKS_PER_JOB, $lte: last } };
    for await (const chunk of findFields(db.chunks, filter, CHUNK_FACTS)) {
      const { task_id, first_index, count, dispatched_time, first_dispatched_time: sent = dispatched_time } = chunk;
      remember(task_id, { first_index, count, sent });
    }
  }

  async function readCursors(taskIds: readonly string[]): Promise<Map<string, number>> {
    if (taskIds.length === 0) return new Map();
    const tasks = await findTasks(db, taskIds, ['task_id', 'cursor']).toArray();
    return new Map(tasks.map(({ task_id, cursor }) => [task_id, cursor]));
  }

  return async function findSentTimes(asked) {
    const found = asked.map(({ task, indexes }) => {
      const sent = new Map<number, Date>();
      return { task, sent, unknown: recall(task.task_id, indexes, sent) };
    });
    const ranges = found.flatMap(({ task, unknown }) =>
      toRanges(unknown, task.cursor).map(([first, last]) => ({ taskId: task.task_id, first, last })),
    );
    await Promise.all(joinRanges(ranges).map(read));
    const looked = found.map(({ unknown, ...rest }) => ({
      ...rest,
      missing: recall(rest.task.task_id, unknown, rest.sent),
    }));
    const ahead = looked.filter(({ task, missing }) => missing.some((index) => index >= task.cursor));
    const cursors = await readCursors(ahead.map(({ task }) => task.task_id));
    for (const { task, sent, missing } of looked) {
      const passed = Math.max(task.cursor, cursors.get(task.task_id) ?? 0);
      // Everything below the cursor was sent, even if its chunk was deleted.
      for (const index of missing) if (index < passed) sent.set(index, task.created_time);
    }
    return looked.map(({ sent }) => sent);
  };
}

/** Ranges of several tasks that are read together: from the first of their beginnings to the last of their ends. */
interface Ranges {
  taskIds: string[];
  first: number;
  last: number;
}

/** Joins the ranges of tasks that lie about the same place in each. */
function joinRanges(ranges: readonly { taskId: string; first: number; last: number }[]): Ranges[] {
  const joined: Ranges[] = [];
  for (const { taskId, first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const open = joined.at(-1);
    if (open && last - open.first <= MAX_GAP) {
      open.taskIds.push(taskId);
      open.last = Math.max(open.last, last);
    } else joined.push({ taskIds: [taskId], first, last });
  }
  return joined;
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

const isWithin = (index: number, { first_index, count }: Stretch) =>
  index >= first_index && index < first_index + count;
const toPlace = (index: number) => Math.floor(index / MAX_SUBTASKS_PER_JOB);
const toKey = (taskId: string, place: number) => `${taskId}:${place}`;
