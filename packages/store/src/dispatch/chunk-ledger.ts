import type { Database } from '../mongodb/database';
import { findFields, WITHOUT_ID } from '../mongodb/fields';
import { isDuplicateKey } from '../mongodb/mongo-errors';
import { indexRange } from '../subtasks/subtask-object-id';

/** One stretch of consecutive indexes that was sent out as one job. */
export interface Chunk {
  task_id: string;
  first_index: number;
  count: number;
  /** When it was sent last. */
  dispatched_time: Date;
  /** If it was sent again: when it was first sent. */
  first_dispatched_time?: Date;
  settled: boolean;
}

/** The dispatch ledger. A crash between any two of its steps repeats the same chunk. */
export interface ChunkLedger {
  /** Writes the chunk down. If a chunk begins at the same index already, that one is returned unchanged. */
  openChunk(chunk: { task_id: string; first_index: number; count: number; now: Date }): Promise<Chunk>;
  /** Moves the task's cursor from `from` to `to`. False if the cursor was not at `from`. */
  advanceCursor(taskId: string, from: number, to: number): Promise<boolean>;
  /**
   * The unsettled chunks that begin at `cursor` or later, by index: written down, but the cursor has not passed them.
   */
  findAhead(taskId: string, cursor: number): Promise<Chunk[]>;
  findUnsettled(query: { task_id?: string; dispatchedBefore: Date; limit: number }): Promise<Chunk[]>;
  /** The indexes of a chunk that have no document yet. */
  findUntouched(chunk: Chunk): Promise<number[]>;
  settleChunk(chunk: Chunk): Promise<void>;
  /** Notes that the untouched subtasks of the chunk were sent again. */
  markResent(chunk: Chunk, now: Date): Promise<void>;
}

const idOf = (chunk: Pick<Chunk, 'task_id' | 'first_index'>) => `${chunk.task_id}-${chunk.first_index}`;

export function createChunkLedger(db: Database): ChunkLedger {
  return {
    async openChunk({ task_id, first_index, count, now }) {
      const chunk: Chunk = { task_id, first_index, count, dispatched_time: now, settled: false };
      try {
        await db.chunks.insertOne({ _id: idOf(chunk), ...chunk });
        return chunk;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // A chunk is never deleted before its task.
        return (await db.chunks.findOne<Chunk>({ _id: idOf(chunk) }, WITHOUT_ID))!;
      }
    },
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
        ...(task_id !== undefined && { task_id }),
        settled: false,
        dispatched_time: { $lt: dispatchedBefore },
      };
      return db.chunks.find<Chunk>(filter, WITHOUT_ID).sort({ dispatched_time: 1 }).limit(limit).toArray();
    },
    async findUntouched({ task_id, first_index, count }) {
      const filter = { _id: indexRange(task_id, first_index, first_index + count - 1) };
      const touched = await findFields(db.subTasks, filter, ['index']).toArray();
      const indexes = new Set(touched.map(({ index }) => index));
      return Array.from({ length: count }, (_, i) => first_index + i).filter((index) => !indexes.has(index));
    },
    async settleChunk(chunk) {
      await db.chunks.updateOne({ _id: idOf(chunk) }, { $set: { settled: true } });
    },
    async markResent(chunk, now) {
      const { dispatched_time, first_dispatched_time = dispatched_time } = chunk;
      const times = { dispatched_time: now, first_dispatched_time };
      await db.chunks.updateOne({ _id: idOf(chunk) }, { $set: times });
    },
  };
}
