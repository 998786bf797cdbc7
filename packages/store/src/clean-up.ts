import { ENDED_TASK_STATUSES } from '@cyberstroll/state-machine';
import type { Models } from './models/create-models';
import { indexRange } from './subtask-object-id';

const BATCH = 5_000;
const DAY_MS = 86_400_000;

/**
 * Deletes tasks that ended more than `expireDays` ago. What belongs to a task goes first, in bounded batches, the task
 * itself last: so a clean-up that was cut short goes on at the next call.
 */
export async function cleanUpExpiredTasks(models: Models, expireDays: number, now: Date): Promise<number> {
  const before = new Date(now.getTime() - expireDays * DAY_MS);
  const filter = { completed_time: { $exists: true, $lt: before }, status: { $in: ENDED_TASK_STATUSES } };
  let deleted = 0;
  for (;;) {
    const task = await models.tasks.collection.findOne(filter, { projection: { task_id: 1, progress: 1 } });
    if (!task) return deleted;
    const taskId = task['task_id'] as string;
    const total = (task['progress'] as { total_targets: number }).total_targets;
    for (let first = 0; first < total; first += BATCH) {
      await models.subTasks.collection.deleteMany({ _id: indexRange(taskId, first, first + BATCH - 1) });
    }
    await models.chunks.collection.deleteMany({ task_id: taskId });
    await models.taskProgress.collection.deleteMany({ task_id: taskId });
    await models.tasks.collection.deleteOne({ task_id: taskId });
    deleted += 1;
  }
}
