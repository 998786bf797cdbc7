import { MAX_SUBTASKS_PER_JOB, type Task } from '@cyberstroll/contracts';
import { type Chunk, createChunkLedger } from '../dispatch/chunk-ledger';
import type { Models } from '../mongodb/create-models';

type Stretch = Pick<Chunk, 'first_index' | 'count'>;

/** What of the indexes below `cursor` is in none of these chunks, in stretches that fit a job. */
export function findGaps(chunks: readonly Stretch[], cursor: number): Stretch[] {
  const gaps: Stretch[] = [];
  const inOrder = [...chunks].sort((a, b) => a.first_index - b.first_index);
  let at = 0;
  for (const { first_index, count } of [...inOrder, { first_index: cursor, count: 0 }]) {
    const end = Math.min(first_index, cursor);
    for (; at < end; at = Math.min(at + MAX_SUBTASKS_PER_JOB, end)) {
      gaps.push({ first_index: at, count: Math.min(MAX_SUBTASKS_PER_JOB, end - at) });
    }
    at = Math.max(at, first_index + count);
  }
  return gaps;
}

/** Opens the whole ledger of a task again, and what is missing in it: the dispatcher sends what of it is untouched. */
export async function mendLedger(models: Models, taskId: string): Promise<void> {
  const task = await models.tasks.collection.findOne({ task_id: taskId }, { projection: { _id: 0, cursor: 1 } });
  if (!task) return;
  const chunks = models.chunks.collection;
  const known = await chunks.find({ task_id: taskId }, { projection: { _id: 0, first_index: 1, count: 1 } }).toArray();
  const gaps = findGaps(known as unknown as Chunk[], (task as unknown as Task).cursor);
  const { openChunk } = createChunkLedger(models);
  for (const gap of gaps) await openChunk({ task_id: taskId, ...gap, now: new Date() });
  await chunks.updateMany({ task_id: taskId, settled: true }, { $set: { settled: false } });
}
