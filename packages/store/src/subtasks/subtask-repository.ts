import { parseSubTaskId, type SubTask, type TaskNodes } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { HELD_SUBTASK_STATUSES, OPEN_SUBTASK_STATUSES, type SubTaskStatus } from '@cyberstroll/state-machine';
import type { TargetSet } from '@cyberstroll/targets';
import { type IncomingUpdate, type ScanPeriod, toUntouchedSubTask } from '@cyberstroll/task-state';
import { findFields, IN_ONE_ANSWER, WITHOUT_ID } from '../mongodb/models/fields';
import { indexRange, toSubTaskObjectId } from '../mongodb/models/subtask-object-id';
import { updateEach } from '../mongodb/queries/bulk-writes';
import { anyOf, EVER, indexFirst } from '../mongodb/queries/index-first';
import { type BatchApplier, BatchCollided, type BatchOutcome } from './apply-batch';
import { createFailedSubTasks } from './failed-subtasks';
import { findGridGroups, findNextTouched, type GridGroup, type GridQuery } from './grid-cells';
import { createRetryQueries } from './retries';
import { createSubTaskPages, type SubTaskReaderDeps } from './subtask-pages';
import { findTaskNodes } from './task-nodes';

export type SubTaskRepository = ReturnType<typeof createSubTaskRepository>;

export type HeldClaim = Pick<SubTask, (typeof HELD_CLAIM)[number]>;
const HELD_CLAIM = [
  'task_id',
  'subtask_id',
  'ip',
  'attempt',
  'lease_id',
  'assigned_node',
  'assigned_instance',
  'started_time',
  'deadline',
  'updated_time',
] as const;

/** What one process of a node holds. */
export interface Holding {
  node_id: string;
  instance_id: string | null;
  count: number;
  first_deadline: Date;
}

/** An open attempt, as far as its cancel needs it. */
export type OpenAttempt = Pick<SubTask, (typeof OPEN_ATTEMPT)[number]>;
const OPEN_ATTEMPT = ['task_id', 'subtask_id', 'ip', 'attempt', 'lease_id'] as const;
const OPEN_BATCH = 1_000;

const IS_HELD = { deadline: { $gt: EVER } };
const MAX_INDEX = 0xffff_ffff;
/** Of one batch, before it is given up. */
const MAX_COLLISIONS = 2;

export interface SubTaskRepositoryDeps extends SubTaskReaderDeps {
  applyBatch: BatchApplier;
}

/** Reads of subtasks, and writes of their times. Every state of a subtask is written by its batches. */
export function createSubTaskRepository(deps: SubTaskRepositoryDeps) {
  const { db } = deps;
  const find = (filter: object, limit: number, sort: Record<string, 1>): Promise<SubTask[]> =>
    db.subTasks.find<SubTask>(filter, WITHOUT_ID).sort(sort).limit(limit).toArray();

  const isNotBegun = { deadline: { $exists: true }, started_time: { $exists: false } };

  return {
    /** Applies updates in one transaction. `now` is when they were received; default: now. */
    batchUpdateSubTasks: (updates: readonly IncomingUpdate[], now: Date = new Date()): Promise<BatchOutcome> =>
      deps.applyBatch(updates, now),
    /**
     * The same, and undefined if the updates of several subtasks have collided twice with other writers. Then nothing
     * is written: apply them in halves, so that those that collide hold the others up no longer.
     */
    async tryUpdateSubTasks(updates: readonly IncomingUpdate[], now: Date): Promise<BatchOutcome | undefined> {
      try {
        return await deps.applyBatch(updates, now, MAX_COLLISIONS);
      } catch (error) {
        if (error instanceof BatchCollided) return undefined;
        throw error;
      }
    },
    /**
     * The task, and its subtasks by index. Untouched subtasks are made from the target set. A page has at most `limit`
     * subtasks and 1 MB.
     */
    findPage: createSubTaskPages(deps),
    /** The subtasks of a task that have a document, in groups that are alike. */
    findGridGroups: (taskId: string, query: GridQuery): Promise<GridGroup[]> => findGridGroups(db, taskId, query),
    /** The first index from `first` on that has a document; undefined if none has. */
    findNextTouched: (taskId: string, first: number): Promise<number | undefined> => findNextTouched(db, taskId, first),
    async getSubTask(subTaskId: string): Promise<SubTask> {
      const id = parseSubTaskId(subTaskId);
      const notFound = new AppError('subtask_not_found', { detail: subTaskId, field: 'subtask_id' });
      if (!id || id.index > MAX_INDEX) throw notFound;
      const _id = toSubTaskObjectId(id.taskId, id.index);
      const found = await db.subTasks.findOne<SubTask>({ _id }, WITHOUT_ID);
      if (found) return found;
      const task = await deps.readTask(id.taskId);
      if (id.index >= task.progress.total_targets) throw notFound;
      const targetIndex = await deps.getTargetIndex(id.taskId, task.progress.total_targets);
      return toUntouchedSubTask(task, id.index, targetIndex.member(id.index));
    },
    /**
     * What these nodes hold, in no order. With a time: only what is past its deadline then, or has no report since.
     */
    findClaims(
      nodes: readonly string[],
      { deadlineBefore, updatedBefore }: { deadlineBefore?: Date; updatedBefore?: Date } = {},
    ): Promise<HeldClaim[]> {
      const either = [
        ...(deadlineBefore ? [{ deadline: { $lt: deadlineBefore } }] : []),
        ...(updatedBefore ? [{ updated_time: { $lt: updatedBefore } }] : []),
      ];
      const ofNodes = { assigned_node: anyOf(nodes), ...IS_HELD };
      const filter = indexFirst(ofNodes, either.length > 0 ? { $or: either } : {});
      return findFields(db.subTasks, filter, HELD_CLAIM, IN_ONE_ANSWER).toArray();
    },
    /** What nodes hold of these tasks, as far as the reports are applied; `limit` of it at most. */
    findUnderScan(taskIds: readonly string[], limit: number): Promise<OpenAttempt[]> {
      const filter = { task_id: anyOf(taskIds), status: { $in: HELD_SUBTASK_STATUSES } };
      return findFields(db.subTasks, filter, OPEN_ATTEMPT, IN_ONE_ANSWER).limit(limit).toArray();
    },
    /** What each process of each node holds; `instance_id` is null for claims that name no process. */
    async findHolders(): Promise<Holding[]> {
      const groups = await db.subTasks
        .aggregate<{ _id: { node: string; instance?: string | null }; count: number; first_deadline: Date }>([
          { $match: IS_HELD },
          {
            $group: {
              _id: { node: '$assigned_node', instance: '$assigned_instance' },
              count: { $sum: 1 },
              first_deadline: { $min: '$deadline' },
            },
          },
        ])
        .toArray();
      return groups.map(({ _id: { node, instance = null }, ...held }) => ({
        node_id: node,
        instance_id: instance,
        ...held,
      }));
    },
    /** Sets a later deadline for held subtasks whose scan has not begun. */
    async putOffDeadlines(subTaskIds: readonly string[], until: Date): Promise<void> {
      const ids = subTaskIds.map(parseSubTaskId).filter((id) => id !== undefined);
      const each = ids.map(({ taskId, index }) => ({ ...isNotBegun, _id: toSubTaskObjectId(taskId, index) }));
      await updateEach(db.subTasks, each, { $set: { deadline: until } });
    },
    /** Those of these addresses that a task has scanned: their subtasks are COMPLETED. Canonical texts. */
    async findScanned(taskId: string, addresses: readonly string[]): Promise<Map<string, ScanPeriod>> {
      if (addresses.length === 0) return new Map();
      const targetIndex = await deps.getTargetIndex(taskId);
      const indexes = addresses.map((address) => targetIndex.indexOf(address)).filter((index) => index >= 0);
      const _id = { $in: indexes.map((index) => toSubTaskObjectId(taskId, index)) };
      const found = findFields(db.subTasks, { _id, status: 'COMPLETED' }, ['ip', 'created_time', 'completed_time']);
      return new Map((await found.toArray()).map(({ ip, ...period }) => [ip, period]));
    },
    /** Open subtasks of a task that have a document, by status and index: a task may have a million. */
    findOpen: (taskId: string, limit: number): Promise<SubTask[]> =>
      find({ task_id: taskId, status: { $in: OPEN_SUBTASK_STATUSES } }, limit, { status: 1, index: 1 }),
    /** How many of a task's subtasks from this index on have a document. */
    countTouched: (taskId: string, first: number): Promise<number> =>
      db.subTasks.countDocuments({ _id: indexRange(taskId, first, MAX_INDEX) }),
    /** The statuses of those of these subtasks that have a document, by index. */
    async findStatuses(taskId: string, indexes: readonly number[]): Promise<Map<number, SubTaskStatus>> {
      const _id = { $in: indexes.map((index) => toSubTaskObjectId(taskId, index)) };
      const found = findFields(db.subTasks, { _id }, ['index', 'status'], IN_ONE_ANSWER);
      return new Map((await found.toArray()).map(({ index, status }) => [index, status]));
    },
    /** Those of a task's open subtasks whose addresses are in the set, `limit` at most. */
    async findOpenWithin(taskId: string, set: TargetSet, limit: number): Promise<OpenAttempt[]> {
      const filter = { task_id: taskId, status: { $in: OPEN_SUBTASK_STATUSES } };
      const open = findFields(db.subTasks, filter, OPEN_ATTEMPT, { batchSize: OPEN_BATCH });
      const within: OpenAttempt[] = [];
      for await (const subTask of open.sort({ status: 1, index: 1 })) {
        if (set.has(subTask.ip)) within.push(subTask);
        if (within.length === limit) break;
      }
      return within;
    },
    /** What each node does for a task; of a large task a sample. Rejects with AppError `missing` `task_not_found`. */
    findTaskNodes: async (taskId: string, now: Date): Promise<TaskNodes> =>
      findTaskNodes(db, await deps.readTask(taskId), now),
    ...createFailedSubTasks(deps),
    ...createRetryQueries(db),
  };
}
