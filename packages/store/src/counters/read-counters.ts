import type { Task } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { sumShards, type TaskCounters } from '@cyberstroll/task-state';
import type { ClientSession } from 'mongoose';
import { readSnapshot } from '../mongodb/connection/read-snapshot';
import type { Database } from '../mongodb/models/database';
import { IN_ONE_ANSWER, type Part, WITHOUT_ID } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';

export const taskNotFound = (taskId: string) => new AppError('task_not_found', { detail: taskId, field: 'task_id' });

/** Once its deletion has begun, a task no longer exists for anything but the clean-up. */
export const NOT_DELETING = { 'clean_up.deleting_time': { $exists: false } } as const;

/**
 * A task and its counters as they were at one moment: shards of two updaters that are read at different moments may
 * give a sum that never existed.
 */
function readTaskAndCounters(
  db: Database,
  taskId: string,
): Promise<{ task: Task; counters: TaskCounters } | undefined> {
  return readSnapshot(db.connection, async (session: ClientSession) => {
    const filter = { task_id: taskId, ...NOT_DELETING };
    const task = await db.tasks.findOne<Task>(filter, { session, ...WITHOUT_ID });
    if (!task) return undefined;
    return { task, counters: await readCounters(db, taskId, session) };
  });
}

/** The counters of a task, as a transaction sees them. */
export const readCounters = async (db: Database, taskId: string, session: ClientSession): Promise<TaskCounters> =>
  sumShards(await db.taskProgress.find({ task_id: taskId }, { session }).toArray());

/** The fields of a task that its progress depends on. */
const STANDING = [
  'task_id',
  'status',
  'config.pool',
  'config.windows',
  'rev',
  'progress',
  'progress_seq',
  'traceparent',
  'started_time',
  'paused_time',
  'paused_seconds',
  'hold',
  'held_seconds',
  'completed_time',
  'actual_duration',
  'error_info',
  'end_hold',
  'accepted_failures',
  'retry_all',
] as const;

export type StandingTask = Part<Task, (typeof STANDING)[number]>;

/**
 * Like `readTaskAndCounters`, for several tasks, and with those fields that a snapshot of the progress and the
 * transitions of a task need, and with `others`.
 */
export const readTasksAndCounters = <Other extends keyof Task = never>(
  db: Database,
  taskIds: readonly string[],
  others: readonly Other[] = [],
) => readSnapshot(db.connection, (session) => readInTransaction(db, taskIds, others, session));

/** The same as part of a transaction. */
export async function readInTransaction<Other extends keyof Task = never>(
  db: Database,
  taskIds: readonly string[],
  others: readonly Other[],
  session: ClientSession,
) {
  const tasks = await findTasks(db, taskIds, [...STANDING, ...others], { filter: NOT_DELETING, session }).toArray();
  const counted = { task_id: { $in: [...taskIds] } };
  const shards = await db.taskProgress.find(counted, { session, ...IN_ONE_ANSWER }).toArray();
  const byTask = new Map<string, typeof shards>(tasks.map(({ task_id }) => [task_id, []]));
  for (const shard of shards) byTask.get(shard.task_id)?.push(shard);
  return tasks.map((task) => ({ task, counters: sumShards(byTask.get(task.task_id)!) }));
}

/** Like `readTaskAndCounters`. Rejects with AppError `missing` `task_not_found`. */
export async function getTaskAndCounters(
  db: Database,
  taskId: string,
): Promise<{ task: Task; counters: TaskCounters }> {
  const read = await readTaskAndCounters(db, taskId);
  if (!read) throw taskNotFound(taskId);
  return read;
}
