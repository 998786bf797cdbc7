import { MAX_SUBTASKS_PER_JOB, toPortions } from '@cyberstroll/contracts';
import { toChunkId } from '../dispatch/chunk-ledger';
import type { Database } from '../mongodb/models/database';
import type { Chunk } from '../mongodb/models/documents';
import { findFields, findOneFields } from '../mongodb/models/fields';

/** Chunks that one command restores. */
const BATCH = 1_000;

type Stretch = Pick<Chunk, 'first_index' | 'count'>;

/** The indexes below `cursor` that are in none of these chunks, as stretches that fit in a job. */
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

/**
 * Opens all chunks of a task again, and restores those that were deleted or lost. The dispatcher then sends their
 * untouched subtasks, and deletes those that have none.
 */
export async function mendLedger(db: Database, taskId: string): Promise<void> {
  const task = await findOneFields(db.tasks, { task_id: taskId }, ['cursor']);
  if (!task) return;
  const known = await findFields(db.chunks, { task_id: taskId }, ['first_index', 'count']).toArray();
  const now = new Date();
  const gaps = findGaps(known, task.cursor).map(
    (gap): Chunk => ({ task_id: taskId, ...gap, dispatched_time: now, settled: false }),
  );
  for (const some of toPortions(gaps, BATCH)) {
    const upserts = some.map((chunk) => ({
      updateOne: { filter: { _id: toChunkId(chunk), task_id: taskId }, update: { $setOnInsert: chunk }, upsert: true },
    }));
    await db.chunks.bulkWrite(upserts, { ordered: false });
  }
  await db.chunks.updateMany({ task_id: taskId, settled: true }, { $set: { settled: false } });
}
