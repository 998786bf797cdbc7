import { AppError } from '@cyberstroll/runtime';
import type { Database } from '../mongodb/database';
import { WITHOUT_ID } from '../mongodb/fields';
import { hasOnlyDuplicates, isDuplicateKey } from '../mongodb/mongo-errors';
import { indexRange, toSubTaskIndex } from '../subtasks/subtask-object-id';
import { joinNeighbours } from './join-neighbours';

/** One stretch of consecutive indexes that was sent out as one job. */
export interface Chunk {
  task_id: string;
  first_index: number;
  count: number;
  /** When it was sent last. */
  dispatched_time: Date;
  /** If it was sent again: when it was first sent. */
  first_dispatched_time?: Date;
  /** Nothing of it is sent again, unless its task is taken up again. */
  settled: boolean;
}

/** A chunk that is sent out at `now`. */
export interface NewChunk extends Pick<Chunk, 'task_id' | 'first_index' | 'count'> {
  now: Date;
}

/**
 * The dispatch ledger. A crash between any two of its steps repeats the same chunk. It holds the chunks with untouched
 * subtasks alone: a chunk whose subtasks all have a document is deleted, since the documents say all that it did. So
 * its size is bounded by the windows of the pools, however many targets a task has.
 */
export interface ChunkLedger {
  /**
   * Writes the chunk down. If a chunk begins at the same index already, that one is returned unchanged. Throws
   * `cursor_moved` if that one is deleted at this moment: the cursor has passed it.
   */
  openChunk(chunk: NewChunk): Promise<Chunk>;
  /** Does the same for several, with one write. Resolves with them in their order. */
  openChunks(chunks: readonly NewChunk[]): Promise<Chunk[]>;
  /** Moves the task's cursor from `from` to `to`. False if the cursor was not at `from`. */
  advanceCursor(taskId: string, from: number, to: number): Promise<boolean>;
  /**
   * The unsettled chunks that begin at `cursor` or later, by index: written down, but the cursor has not passed them.
   */
  findAhead(taskId: string, cursor: number): Promise<Chunk[]>;
  /** The oldest; of all tasks, of one, or of several together. */
  findUnsettled(query: {
    task_id?: string | readonly string[];
    dispatchedBefore: Date;
    limit: number;
  }): Promise<Chunk[]>;
  /** By chunk: the indexes that have no document yet. Chunks that are neighbours are read together. */
  findUntouched(chunks: readonly Chunk[]): Promise<Map<Chunk, number[]>>;
  settleChunks(chunks: readonly Chunk[]): Promise<void>;
  /** Deletes chunks that have no untouched subtask. */
  deleteTouched(chunks: readonly Chunk[]): Promise<void>;
  /** Notes that the untouched subtasks of the chunk were sent again. */
  markResent(chunk: Chunk, now: Date): Promise<void>;
}

export const toChunkId = (chunk: Pick<Chunk, 'task_id' | 'first_index'>) => `${chunk.task_id}-${chunk.first_index}`;

/** These chunks. The tasks are the shard key. */
const named = (chunks: readonly Pick<Chunk, 'task_id' | 'first_index'>[]) => ({
  _id: { $in: chunks.map(toChunkId) },
  task_id: { $in: [...new Set(chunks.map(({ task_id }) => task_id))] },
});

export function createChunkLedger(db: Database): ChunkLedger {
  return {
    openChunk: async (chunk) => (await openChunks(db, [chunk]))[0]!,
    openChunks: (chunks) => openChunks(db, chunks),
    async advanceCursor(taskId, from, to) {
      const moved = await db.tasks.updateOne({ task_id: taskId, cursor: from }, { $set: { cursor: to } });
      return moved.matchedCount === 1;
    },
    async findAhead(taskId, cursor) {
      const filter = { task_id: taskId, settled: false, first_index: { $gte: cursor } };
      return db.chunks.find<Chunk>(filter, WITHOUT_ID).sort({ first_index: 1 }).toArray();
    },
    async findUnsettled({ task_id, dispatchedBefore, limit }) {
      const filter = {
        ...(task_id !== undefined && { task_id: typeof task_id === 'string' ? task_id : { $in: task_id } }),
        settled: false,
        dispatched_time: { $lt: dispatchedBefore },
      };
      return db.chunks.find<Chunk>(filter, WITHOUT_ID).sort({ dispatched_time: 1 }).limit(limit).toArray();
    },
    async findUntouched(chunks) {
      const untouched = new Map<Chunk, number[]>();
      for (const { task_id, first, end, chunks: neighbours } of joinNeighbours(chunks)) {
        const touched = await findTouched(db, task_id, first, end);
        for (const chunk of neighbours) {
          const indexes = Array.from({ length: chunk.count }, (_, i) => chunk.first_index + i);
          untouched.set(
            chunk,
            indexes.filter((index) => !touched.has(index)),
          );
        }
      }
      return untouched;
    },
    async settleChunks(chunks) {
      if (chunks.length === 0) return;
      await db.chunks.updateMany(named(chunks), { $set: { settled: true } });
    },
    async deleteTouched(chunks) {
      if (chunks.length === 0) return;
      await db.chunks.deleteMany(named(chunks));
    },
    async markResent(chunk, now) {
      const { dispatched_time, first_dispatched_time = dispatched_time } = chunk;
      const times = { dispatched_time: now, first_dispatched_time };
      await db.chunks.updateOne({ _id: toChunkId(chunk), task_id: chunk.task_id }, { $set: times });
    },
  };
}

async function openChunks(db: Database, opened: readonly NewChunk[]): Promise<Chunk[]> {
  if (opened.length === 0) return [];
  const chunks = opened.map(({ now, ...chunk }): Chunk => ({ ...chunk, dispatched_time: now, settled: false }));
  const documents = chunks.map((chunk) => ({ _id: toChunkId(chunk), ...chunk }));
  try {
    await db.chunks.insertMany(documents, { ordered: false });
    return chunks;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const found = await db.chunks.find<Chunk>(named(chunks), WITHOUT_ID).toArray();
    const written = new Map(found.map((chunk) => [toChunkId(chunk), chunk]));
    // What is missing was deleted at this moment, or failed for another reason.
    if (written.size < chunks.length) throw hasOnlyDuplicates(error) ? new AppError('cursor_moved') : error;
    return chunks.map((chunk) => written.get(toChunkId(chunk))!);
  }
}

/** The indexes from `first` up to, not including, `end` that have a document: by the index of `_id` alone. */
async function findTouched(db: Database, taskId: string, first: number, end: number): Promise<Set<number>> {
  const filter = { _id: indexRange(taskId, first, end - 1) };
  const touched = await db.subTasks.find(filter, { projection: { _id: 1 } }).toArray();
  return new Set(touched.map(({ _id }) => toSubTaskIndex(_id)));
}
