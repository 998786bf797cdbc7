import { createHash } from 'node:crypto';
import { toSubTaskId } from '@cyberstroll/contracts';
import mongoose, { type Connection } from 'mongoose';

type Document = Record<string, unknown>;

const AT_ONCE = 1_000;

/**
 * Gives a task the subtasks 1 to `n` - 1, as copies of its subtask 0, which the system itself has written. `toOwn`: the
 * fields that a copy has of its own besides its place.
 */
export async function insertCopies(
  connection: Connection,
  taskId: string,
  n: number,
  toOwn: (index: number) => Document = () => ({}),
): Promise<void> {
  const subTasks = connection.collection('subtasks');
  const template = await subTasks.findOne({ task_id: taskId, index: 0 });
  if (!template) throw new Error(`the subtask 0 of ${taskId} has no document`);
  const toCopy = (index: number) => ({
    ...template,
    _id: toObjectId(taskId, index),
    subtask_id: toSubTaskId(taskId, index),
    index,
    ...toOwn(index),
  });
  for (let first = 1; first < n; first += AT_ONCE) {
    const copies = Array.from({ length: Math.min(AT_ONCE, n - first) }, (_, i) => toCopy(first + i));
    await subTasks.insertMany(copies);
  }
}

/** As the store makes it: cursors of results are made of it. */
function toObjectId(taskId: string, index: number) {
  const prefix = createHash('sha256').update(taskId).digest('hex').slice(0, 16);
  return new mongoose.Types.ObjectId(`${prefix}${index.toString(16).padStart(8, '0')}`);
}
