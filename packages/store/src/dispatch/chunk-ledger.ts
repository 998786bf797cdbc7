import { AppError } from '@cyberstroll/runtime';
import type { Database } from '../mongodb/models/database';
import type { Chunk, WaitReason } from '../mongodb/models/documents';
import { IN_ONE_ANSWER, WITHOUT_ID } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { indexRange, toSubTaskIndex } from '../mongodb/models/subtask-object-id';
import { insertAbsent } from '../mongodb/queries/bulk-writes';
import { indexFirst } from '../mongodb/queries/index-first';
import { joinNeighbours } from './join-neighbours';

/** A chunk that is sent out at `now`, or that waits from `now` on. */
export interface NewChunk extends Pick<Chunk, 'task_id' | 'first_index' | 'count' | 'waits'> {
  now: Date;
}

/** A task's cursor, and where it is to be moved. */
export interface CursorMove {
  task_id: string;
  from: number;
  to: number;
}

export type ChunkLedger = ReturnType<typeof createChunkLedger>;

export const toChunkId = (chunk: Pick<Chunk, 'task_id' | 'first_index'>) => `${chunk.task_id}-${chunk.first_index}`;

/** These chunks. The tasks are the shard key. */
const named = (chunks: readonly Pick<Chunk, 'task_id' | 'first_index'>[]) => ({
  _id: { $in: chunks.map(toChunkId) },
  task_id: { $in: [...new Set(chunks.map(({ task_id }) => task_id))] },
});

/** This chunk, if nobody has sent it since it was read. The task is the shard key. */
const asRead = ({ task_id, first_index, dispatched_time }: Chunk) => ({
  _id: toChunkId({ task_id, first_index }),
  task_id,
  dispatched_time,
});

const unsettled = (dispatchedBefore: Date) => ({ settled: false, dispatched_time: { $lt: dispatchedBefore } });

/**
 * The dispatch ledger. A crash between any two of its steps repeats the same chunk. It holds the chunks with untouched
 * subtasks alone: a chunk whose subtasks all have a document is deleted, since the documents say all that it did. So
 * its size is bounded by the windows of the pools, however many targets a task has.
 */
export function createChunkLedger(db: Database) {
  return {
    /**
     * Writes the chunk down. If a chunk begins at the same index already, that one is returned unchanged. Throws
     * `cursor_moved` if that one is deleted at this moment: the cursor has passed it.
     */
    async openChunk(chunk: NewChunk): Promise<Chunk> {
      const [opened] = await openChunks(db, [chunk]);
      if (!opened) throw new AppError('cursor_moved');
      return opened;
    },
    /**
     * Does the same for several, of any tasks, with one write. Resolves with them in their order. Undefined for one
     * that is deleted at this moment.
     */
    openChunks: (chunks: readonly NewChunk[]): Promise<(Chunk | undefined)[]> => openChunks(db, chunks),
    /** Moves the task's cursor from `from` to `to`. False if the cursor was not at `from`. */
    async advanceCursor(taskId: string, from: number, to: number): Promise<boolean> {
      const moved = await db.tasks.updateOne({ task_id: taskId, cursor: from }, { $set: { cursor: to } });
      return moved.matchedCount === 1;
    },
    /** Does the same for several tasks, with one write. Resolves with the tasks whose cursor is at `to` now. */
    async advanceCursors(moves: readonly CursorMove[]): Promise<Set<string>> {
      if (moves.length === 0) return new Set();
      const writes = moves.map(({ task_id, from, to }) => ({
        updateOne: { filter: { task_id, cursor: from }, update: { $set: { cursor: to } } },
      }));
      const { matchedCount } = await db.tasks.bulkWrite(writes, { ordered: false });
      const taskIds = moves.map(({ task_id }) => task_id);
      if (matchedCount === moves.length) return new Set(taskIds);
      const found = await findTasks(db, taskIds, ['task_id', 'cursor']).toArray();
      const cursors = new Map(found.map(({ task_id, cursor }) => [task_id, cursor]));
      return new Set(moves.flatMap(({ task_id, to }) => (cursors.get(task_id) === to ? [task_id] : [])));
    },
    /**
     * By task: its unsettled chunks that begin at its cursor or later, by index. They are written down, but the cursor
     * has not passed them.
     */
    async findAhead(tasks: readonly { task_id: string; cursor: number }[]): Promise<Map<string, Chunk[]>> {
      const ahead = new Map<string, Chunk[]>(tasks.map(({ task_id }) => [task_id, []]));
      if (tasks.length === 0) return ahead;
      const cursors = new Map(tasks.map(({ task_id, cursor }) => [task_id, cursor]));
      const first = Math.min(...cursors.values());
      const filter = { task_id: { $in: [...cursors.keys()] }, settled: false, first_index: { $gte: first } };
      const found = db.chunks.find<Chunk>(filter, { ...WITHOUT_ID, ...IN_ONE_ANSWER }).sort({ first_index: 1 });
      for await (const chunk of found) {
        if (chunk.first_index >= cursors.get(chunk.task_id)!) ahead.get(chunk.task_id)!.push(chunk);
      }
      return ahead;
    },
    /** The oldest, of one task or of several together. */
    async findUnsettled({
      task_id,
      dispatchedBefore,
      limit,
    }: {
      task_id: string | readonly string[];
      dispatchedBefore: Date;
      limit: number;
    }): Promise<Chunk[]> {
      const filter = {
        task_id: typeof task_id === 'string' ? task_id : { $in: task_id },
        ...unsettled(dispatchedBefore),
      };
      return db.chunks
        .find<Chunk>(filter, { ...WITHOUT_ID, ...IN_ONE_ANSWER })
        .sort({ dispatched_time: 1 })
        .limit(limit)
        .toArray();
    },
    /** By chunk: the indexes that have no document yet. Chunks that are neighbours are read together. */
    async findUntouched(chunks: readonly Chunk[]): Promise<Map<Chunk, number[]>> {
      const untouched = new Map<Chunk, number[]>();
      for (const { task_id, first, end, chunks: neighbours } of joinNeighbours(chunks)) {
        const isTouched = await readTouched(db, task_id, first, end);
        for (const chunk of neighbours) {
          const indexes = Array.from({ length: chunk.count }, (_, i) => chunk.first_index + i);
          untouched.set(
            chunk,
            indexes.filter((index) => !isTouched(index)),
          );
        }
      }
      return untouched;
    },
    /** A page of the tasks with unsettled chunks, by id, after `after`. */
    async findUnsettledTasks({
      dispatchedBefore,
      after = '',
      limit,
    }: {
      dispatchedBefore: Date;
      after?: string | undefined;
      limit: number;
    }): Promise<string[]> {
      const groups = db.chunks.aggregate<{ _id: string }>(
        [
          { $match: { task_id: { $gt: after }, ...unsettled(dispatchedBefore) } },
          { $group: { _id: '$task_id' } },
          { $sort: { _id: 1 } },
          { $limit: limit },
        ],
        IN_ONE_ANSWER,
      );
      return (await groups.toArray()).map(({ _id }) => _id);
    },
    /** Settles the chunks of these tasks. Resolves with their number. */
    async settleChunks(taskIds: readonly string[], dispatchedBefore: Date): Promise<number> {
      if (taskIds.length === 0) return 0;
      const filter = { task_id: { $in: [...taskIds] }, ...unsettled(dispatchedBefore) };
      return (await db.chunks.updateMany(filter, { $set: { settled: true } })).modifiedCount;
    },
    /** Deletes chunks that have no untouched subtask. */
    async deleteTouched(chunks: readonly Chunk[]): Promise<void> {
      if (chunks.length === 0) return;
      await db.chunks.deleteMany(named(chunks));
    },
    /** Notes that what is untouched of these chunks is not out: the dispatcher sends it again. */
    async recall(recalled: readonly { chunk: Chunk; reason: WaitReason }[]): Promise<void> {
      if (recalled.length === 0) return;
      const writes = recalled.map(({ chunk, reason }) => ({
        updateOne: { filter: asRead(chunk), update: { $set: { waits: reason } } },
      }));
      await db.chunks.bulkWrite(writes, { ordered: false });
    },
    /** Chunks of these tasks that wait to be sent, from `after` on in the order of their tasks and indexes. */
    async findWaiting(
      taskIds: readonly string[],
      { after, limit }: { after?: Pick<Chunk, 'task_id' | 'first_index'> | undefined; limit: number },
    ): Promise<Chunk[]> {
      if (taskIds.length === 0) return [];
      const { task_id, first_index } = after ?? { task_id: '', first_index: 0 };
      const behind = { $or: [{ task_id: { $gt: task_id } }, { task_id, first_index: { $gt: first_index } }] };
      const filter = indexFirst({ waits: { $gt: '' as WaitReason } }, { task_id: { $in: [...taskIds] } }, behind);
      return db.chunks
        .find<Chunk>(filter, { ...WITHOUT_ID, ...IN_ONE_ANSWER })
        .sort({ task_id: 1, first_index: 1 })
        .limit(limit)
        .toArray();
    },
    /** By task: how many subtasks its waiting chunks have. Tasks without any are missing. */
    async countWaiting(): Promise<Map<string, number>> {
      const groups = db.chunks.aggregate<{ _id: string; count: number }>(
        [{ $match: { waits: { $gt: '' } } }, { $group: { _id: '$task_id', count: { $sum: '$count' } } }],
        IN_ONE_ANSWER,
      );
      return new Map((await groups.toArray()).map(({ _id, count }) => [_id, count]));
    },
    /**
     * Writes down that waiting chunks are sent now, each up to `end`: what lies behind it waits on, as a chunk of its
     * own. That one is written first, so a crash in between sends something twice and loses nothing.
     */
    async claimWaiting(claims: readonly { chunk: Chunk; end: number }[], now: Date): Promise<void> {
      const rest = claims.flatMap(({ chunk, end }) => {
        const last = chunk.first_index + chunk.count;
        return end < last ? [{ ...chunk, first_index: end, count: last - end }] : [];
      });
      await insertAbsent(
        db.chunks,
        rest.map((chunk) => ({ _id: toChunkId(chunk), ...chunk })),
      );
      if (claims.length === 0) return;
      const writes = claims.map(({ chunk, end }) => {
        const { dispatched_time, first_dispatched_time = dispatched_time, waits } = chunk;
        const isFirst = waits === 'postponed';
        const sent = { dispatched_time: now, count: Math.min(chunk.count, end - chunk.first_index) };
        const $set = isFirst ? sent : { ...sent, first_dispatched_time };
        return { updateOne: { filter: asRead(chunk), update: { $set, $unset: { waits: '' as const } } } };
      });
      await db.chunks.bulkWrite(writes, { ordered: false });
    },
  };
}

async function openChunks(db: Database, opened: readonly NewChunk[]): Promise<(Chunk | undefined)[]> {
  const chunks = opened.map(({ now, ...chunk }): Chunk => ({ ...chunk, dispatched_time: now, settled: false }));
  const documents = chunks.map((chunk) => ({ _id: toChunkId(chunk), ...chunk }));
  const existing = await insertAbsent(db.chunks, documents);
  if (existing.length === 0) return chunks;
  const found = await db.chunks.find<Chunk>(named(existing), WITHOUT_ID).toArray();
  const written = new Map(found.map((chunk) => [toChunkId(chunk), chunk]));
  const ids = new Set(existing.map(({ _id }) => _id));
  return documents.map(({ _id }, place) => (ids.has(_id) ? written.get(_id) : chunks[place]));
}

/** From here on indexes are counted before they are read: most often all have a document, and the count shows it. */
const MANY = 1_000;

/** Whether an index from `first` up to, not including, `end` has a document: by the index of `_id` alone. */
async function readTouched(
  db: Database,
  taskId: string,
  first: number,
  end: number,
): Promise<(index: number) => boolean> {
  const filter = { _id: indexRange(taskId, first, end - 1) };
  const count = end - first;
  if (count >= MANY && (await db.subTasks.countDocuments(filter)) === count) return () => true;
  const found = await db.subTasks.find(filter, { ...IN_ONE_ANSWER, projection: { _id: 1 } }).toArray();
  const touched = new Set(found.map(({ _id }) => toSubTaskIndex(_id)));
  return (index) => touched.has(index);
}
