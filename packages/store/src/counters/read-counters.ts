import type { Task } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { sumShards, type TaskCounters } from '@cyberstroll/task-state';
import type { ClientSession, Connection } from 'mongoose';
import { inTransaction } from '../mongodb/connection';
import type { Models } from '../mongodb/create-models';
import type { TaskProgressDocument } from '../mongodb/documents';

export const taskNotFound = (taskId: string) => new AppError('task_not_found', { detail: taskId, field: 'task_id' });

/** A task whose deletion has begun is gone for everybody but the clean-up. */
export const NOT_DELETING = { 'clean_up.deleting_time': { $exists: false } } as const;

/**
 * A task and its counters as they stood at one moment. Within a transaction, since the shards of two updaters read apart
 * may sum to what never was.
 */
export function readTaskAndCounters(
  connection: Connection,
  models: Models,
  taskId: string,
): Promise<{ task: Task; counters: TaskCounters } | undefined> {
  return inTransaction(connection, async (session: ClientSession) => {
    const filter = { task_id: taskId, ...NOT_DELETING };
    const task = await models.tasks.collection.findOne(filter, { session, projection: { _id: 0 } });
    if (!task) return undefined;
    const shards = await models.taskProgress.collection.find({ task_id: taskId }, { session }).toArray();
    return {
      task: task as unknown as Task,
      counters: sumShards(shards as unknown as TaskProgressDocument[]),
    };
  });
}
