import { countClosed, countOpen, type Task } from '@cyberstroll/contracts';
import { sumShards } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/models/database';
import { project } from '../mongodb/models/fields';
import { indexRange } from '../mongodb/models/subtask-object-id';

const MAX_INDEX = 0xffff_ffff;
/** How many indexes before the cursor are looked at: at first, and at most. */
const FIRST_LOOK = 1_024;
const LAST_LOOK = 65_536;

/**
 * The index at which a search for untouched subtasks of a task can begin: at or after `from`, with no untouched
 * subtask between the two. Chunks are sent in index order, so the untouched subtasks lie after the task's cursor, and
 * a few of them shortly before it. The counters say how many there are before it. So the indexes before the cursor are
 * counted backwards, in growing stretches, until all of these are found. If they are not close to the cursor, the
 * answer is `from`.
 */
export async function findFirstUntouched(
  db: Database,
  { task_id, cursor }: Pick<Task, 'task_id' | 'cursor'>,
  from: number,
): Promise<number> {
  if (from >= cursor) return from;
  const countDocuments = (first: number, last: number) =>
    db.subTasks.countDocuments({ _id: indexRange(task_id, first, last) });
  // The counters are read first. A subtask that is touched meanwhile makes this search longer, never too short.
  const touched = await countTouched(db, task_id);
  const beyond = await countDocuments(cursor, MAX_INDEX);
  const untouched = cursor - (touched - beyond);
  if (untouched <= 0) return cursor;
  for (let look = FIRST_LOOK; look <= LAST_LOOK; look *= 8) {
    const first = cursor - look;
    if (first <= from) break;
    if (look - (await countDocuments(first, cursor - 1)) >= untouched) return first;
  }
  return from;
}

/**
 * The number of subtasks that have a document. A shard's sum never falls, so it is never too high if the shards are
 * read at different moments.
 */
async function countTouched(db: Database, taskId: string): Promise<number> {
  const shards = db.taskProgress.find({ task_id: taskId }, { projection: project(['counts', 'seq']) });
  const { touched } = sumShards(await shards.toArray());
  return countClosed(touched) + countOpen(touched);
}
