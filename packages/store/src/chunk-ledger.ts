import { isDuplicateKey } from './connection';
import type { Models } from './models/create-models';
import type { Chunk, ChunkLedger } from './store';
import { indexRange } from './subtask-object-id';

const idOf = (chunk: Pick<Chunk, 'task_id' | 'first_index'>) => `${chunk.task_id}-${chunk.first_index}`;

export function createChunkLedger(models: Models): ChunkLedger {
  const chunks = models.chunks.collection;
  const projection = { _id: 0 };

  return {
    async openChunk({ task_id, first_index, count, now }) {
      const chunk: Chunk = { task_id, first_index, count, dispatched_time: now, settled: false };
      try {
        await chunks.insertOne({ _id: idOf(chunk) as never, ...chunk });
        return chunk;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return (await chunks.findOne({ _id: idOf(chunk) as never }, { projection })) as unknown as Chunk;
      }
    },
    async advanceCursor(taskId, from, to) {
      const moved = await models.tasks.collection.updateOne(
        { task_id: taskId, cursor: from },
        { $set: { cursor: to } },
      );
      return moved.matchedCount === 1;
    },
    async findUnsettled({ task_id, dispatchedBefore, limit }) {
      const filter = {
        ...(task_id !== undefined && { task_id }),
        settled: false,
        dispatched_time: { $lt: dispatchedBefore },
      };
      const found = await chunks.find(filter, { projection }).sort({ dispatched_time: 1 }).limit(limit).toArray();
      return found as unknown as Chunk[];
    },
    async findUntouched({ task_id, first_index, count }) {
      const filter = { _id: indexRange(task_id, first_index, first_index + count - 1) };
      const touched = await models.subTasks.collection.find(filter, { projection: { _id: 0, index: 1 } }).toArray();
      const indexes = new Set(touched.map((subTask) => subTask['index'] as number));
      return Array.from({ length: count }, (_, i) => first_index + i).filter((index) => !indexes.has(index));
    },
    async settleChunk(chunk) {
      await chunks.updateOne({ _id: idOf(chunk) as never }, { $set: { settled: true } });
    },
    async markResent(chunk, now) {
      await chunks.updateOne({ _id: idOf(chunk) as never }, { $set: { dispatched_time: now } });
    },
  };
}
