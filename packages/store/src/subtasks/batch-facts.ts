/** What a batch is decided by: its tasks, its documents, and what subtasks without a document begin with. */

import { groupBy, type SubTask, type Task } from '@cyberstroll/contracts';
import type { TargetIndex } from '@cyberstroll/targets';
import { refusePlace } from '@cyberstroll/task-state';
import type { ClientSession } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import { IN_ONE_ANSWER, type Part } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import type { SubTaskGroup } from './batch-groups';
import type { FindSentTimes, SentTimes } from './sent-times';

const TASK_FACTS = [
  'task_id',
  'status',
  'config',
  'cursor',
  'created_time',
  'clean_up',
  'progress.total_targets',
  'hold.code',
] as const;

export type BatchTask = Part<Task, (typeof TASK_FACTS)[number]>;

export interface BatchTasks {
  tasks: ReadonlyMap<string, BatchTask>;
  /** Their deletion has begun, or is over. */
  deleted: ReadonlySet<string>;
}

/** What the subtasks of a task without a document begin with. */
export interface Origin {
  targets: TargetIndex;
  /** By index: when its job was sent. */
  sentTimes: SentTimes;
}

export interface OriginSources {
  findSentTimes: FindSentTimes;
  /** The task's index function, with at least `count` members. */
  getTargetIndex: (taskId: string, count: number) => Promise<TargetIndex>;
}

/** A task whose deletion has begun counts as deleted: parts of it may be missing. */
export async function readTasks(
  db: Database,
  groups: readonly SubTaskGroup[],
  session: ClientSession,
): Promise<BatchTasks> {
  const taskIds = [...new Set(groups.map((group) => group.taskId))];
  const found = await findTasks(db, taskIds, TASK_FACTS, { session }).toArray();
  const going = found.filter(({ clean_up }) => clean_up?.deleting_time !== undefined).map(({ task_id }) => task_id);
  const known = new Set(found.map(({ task_id }) => task_id));
  const missing = taskIds.filter((taskId) => !known.has(taskId));
  const gone = missing.length > 0 ? await db.deletedTasks.find({ _id: { $in: missing } }, { session }).toArray() : [];
  const deleted = new Set([...going, ...gone.map(({ _id }) => _id)]);
  return {
    tasks: new Map(found.filter(({ task_id }) => !deleted.has(task_id)).map((task) => [task.task_id, task])),
    deleted,
  };
}

/** By subtask id. */
export async function readDocuments(
  db: Database,
  groups: readonly SubTaskGroup[],
  session: ClientSession,
): Promise<Map<string, SubTask>> {
  if (groups.length === 0) return new Map();
  const ids = groups.map(({ _id }) => _id);
  const documents = await db.subTasks
    .find({ _id: { $in: ids } }, { session, projection: {}, ...IN_ONE_ANSWER })
    .toArray();
  return new Map(documents.map(({ _id, ...subTask }) => [subTask.subtask_id, subTask]));
}

/** By task. Tasks whose subtasks all have documents are missing. */
export async function readOrigins(
  { findSentTimes, getTargetIndex }: OriginSources,
  groups: readonly SubTaskGroup[],
  tasks: ReadonlyMap<string, BatchTask>,
  documents: ReadonlyMap<string, SubTask>,
): Promise<Map<string, Origin>> {
  const missing = groups.filter(
    (group) => !refusePlace(group, tasks.get(group.taskId)) && !documents.has(group.subTaskId),
  );
  const asked = [...groupBy(missing, ({ taskId }) => taskId)].map(([taskId, ofTask]) => ({
    task: tasks.get(taskId)!,
    indexes: ofTask.map(({ index }) => index),
  }));
  const [targets, sentTimes] = await Promise.all([
    Promise.all(asked.map(({ task }) => getTargetIndex(task.task_id, task.progress.total_targets))),
    findSentTimes(asked),
  ]);
  return new Map(asked.map(({ task }, i) => [task.task_id, { targets: targets[i]!, sentTimes: sentTimes[i]! }]));
}
