import { type Node, type Task, taskSchema } from '@cyberstroll/contracts';
import { DISPATCHABLE_TASK_STATUSES, OPEN_TASK_STATUSES, type TaskStatus, taskTable } from '@cyberstroll/state-machine';
import type { Database } from '../mongodb/models/database';
import { findFields, IN_ONE_ANSWER, type Part } from '../mongodb/models/fields';
import { findTasks, findUnsettledTasks } from '../mongodb/models/find-tasks';
import { createCheck, findReadable } from '../mongodb/queries/readable';

/** What the dispatcher plans with, and what may change of a task. */
export interface DispatchState {
  task_id: string;
  status: TaskStatus;
  priority: number;
  cursor: number;
  total_targets: number;
  labels: string[];
}

/** What the dispatcher must know of a task besides: it changes only as targets are added. */
export type DispatchFacts = Part<Task, (typeof DISPATCH_FACTS)[number]>;

const DISPATCH_FACTS = [
  'task_id',
  'config.pool',
  'config.subtask_timeout',
  'config.max_concurrent',
  'config.max_starts_per_second',
  'config.per_prefix',
  'config.windows',
  'config.at_close',
  'target_ranges',
  'scan.method',
  'traceparent',
] as const;

const hasDispatchFacts = createCheck(taskSchema, DISPATCH_FACTS);

/** The counters of a task, as the dispatcher needs them. */
export interface DispatchCounts {
  /** COMPLETED, FAILED, TIMEOUT and CANCELLED subtasks. */
  closed: number;
  /** ASSIGNED and SCANNING subtasks. */
  held: number;
  /** RETRYING subtasks. */
  retrying: number;
  /** The closed ones that were cancelled. */
  cancelled: number;
}

/** The fields of an open task that the sweeps over its subtasks need. */
export type OpenTask = Part<Task, (typeof OPEN_TASK)[number]>;

export const OPEN_TASK = [
  'task_id',
  'status',
  'config',
  'scan.method',
  'resumed_time',
  'traceparent',
  'hold.code',
] as const;

const isOpenTask = createCheck(taskSchema, OPEN_TASK);

const DISPATCHER_STATUSES = OPEN_TASK_STATUSES.filter((status) => status !== taskTable.initial);

export const TOTAL = 'progress.total_targets';
export const withTotal = <Read extends { progress: { total_targets: number } }>({ progress, ...task }: Read) => ({
  ...task,
  total_targets: progress.total_targets,
});

const isUnsent = createCheck(taskSchema, ['task_id', 'cursor', TOTAL]);

/** Short names: thousands of rows are read per second. */
const STATE_ROW = {
  _id: '$task_id',
  s: '$status',
  p: '$config.priority',
  c: '$cursor',
  t: '$progress.total_targets',
  l: '$labels',
};
interface StateRow {
  _id: string;
  s: TaskStatus;
  p: number;
  c: number;
  t: number;
  l: string[];
}

const isStateRow = ({ p, c, t, l }: StateRow): boolean => [p, c, t].every(Number.isFinite) && Array.isArray(l);

const sumOf = (...buckets: string[]) => ({
  $sum: { $add: buckets.map((bucket) => ({ $ifNull: [`$counts.${bucket}`, 0] })) },
});
const COUNTS_ROW = {
  c: sumOf('completed_count', 'failed_count', 'timeout_count', 'cancelled_count'),
  h: sumOf('assigned_count', 'scanning_count'),
  r: sumOf('retry_count'),
  x: sumOf('cancelled_count'),
};
interface CountsRow {
  _id: string;
  c: number;
  h: number;
  r: number;
  x: number;
}

/** Queries that run up to twenty times a second: each reads only the fields that it needs. */
export function createDispatchQueries(db: Database) {
  return {
    /** CREATED tasks, oldest first. */
    async findCreated(limit: number): Promise<string[]> {
      const found = findFields(db.tasks, { status: taskTable.initial }, ['task_id'], IN_ONE_ANSWER);
      const tasks = await found.sort({ created_time: 1 }).limit(limit).toArray();
      return tasks.map(({ task_id }) => task_id);
    },
    /** QUEUED, RUNNING and PAUSED tasks of these pools: a page by id, after `after`, or those that are named. */
    async findForDispatch(
      pools: readonly string[],
      which: { after: string | undefined; limit: number } | { taskIds: readonly string[] },
    ): Promise<DispatchState[]> {
      if (pools.length === 0 || ('taskIds' in which && which.taskIds.length === 0)) return [];
      const open = { 'config.pool': { $in: pools }, status: { $in: DISPATCHER_STATUSES } };
      // The order of the ids is that of the index. By pools and statuses MongoDB would sort, where they are many.
      const findPage = (after: string | undefined, most: number) =>
        findUnsettledTasks(db, ['task_id'], { filter: open, after }).limit(most).project<StateRow>(STATE_ROW).toArray();
      const found =
        'taskIds' in which
          ? (
              await findTasks(db, which.taskIds, ['task_id'], { filter: open }).project<StateRow>(STATE_ROW).toArray()
            ).filter(isStateRow)
          : await findReadable((most) => findPage(which.after, most), which.limit, isStateRow);
      return found.map(({ _id: task_id, s: status, p: priority, c: cursor, t: total_targets, l: labels }) => {
        return { task_id, status, priority, cursor, total_targets, labels };
      });
    },
    async findDispatchFacts(taskIds: readonly string[]): Promise<DispatchFacts[]> {
      if (taskIds.length === 0) return [];
      return (await findTasks(db, taskIds, DISPATCH_FACTS).toArray()).filter(hasDispatchFacts);
    },
    /** By task. A task that nobody has touched is missing. */
    async countForDispatch(taskIds: readonly string[]): Promise<Map<string, DispatchCounts>> {
      if (taskIds.length === 0) return new Map();
      const rows = db.taskProgress.aggregate<CountsRow>(
        [{ $match: { task_id: { $in: taskIds } } }, { $group: { _id: '$task_id', ...COUNTS_ROW } }],
        IN_ONE_ANSWER,
      );
      return new Map(
        (await rows.toArray()).map(({ _id, c: closed, h: held, r: retrying, x: cancelled }) => [
          _id,
          { closed, held, retrying, cancelled },
        ]),
      );
    },
    /**
     * QUEUED and RUNNING tasks that are not held, with subtasks that are not sent out yet and that such a node scans,
     * oldest first.
     */
    async findUnsent(
      { pools, methods }: Pick<Node, 'pools' | 'methods'>,
      limit: number,
    ): Promise<Pick<DispatchState, 'task_id' | 'cursor' | 'total_targets'>[]> {
      const filter = {
        status: { $in: DISPATCHABLE_TASK_STATUSES },
        'config.pool': { $in: pools },
        ...(methods && { 'scan.method': { $in: methods } }),
        hold: { $exists: false },
        $expr: { $lt: ['$cursor', '$progress.total_targets'] },
      };
      const find = (most: number) =>
        findUnsettledTasks(db, ['task_id', 'cursor', TOTAL], { filter }).limit(most).toArray();
      return (await findReadable(find, limit, isUnsent)).map(withTotal);
    },
    /** Of these tasks, the open ones. */
    async findOpen(taskIds: readonly string[]): Promise<OpenTask[]> {
      const found = findTasks(db, taskIds, OPEN_TASK, { filter: { status: { $in: OPEN_TASK_STATUSES } } });
      return (await found.toArray()).filter(isOpenTask);
    },
    /** The statuses of these tasks, by id. A task that does not exist is missing. */
    async findStatuses(taskIds: readonly string[]): Promise<Map<string, TaskStatus>> {
      const found = findTasks(db, taskIds, ['task_id', 'status']);
      return new Map((await found.toArray()).map(({ task_id, status }): [string, TaskStatus] => [task_id, status]));
    },
  };
}
