import type { Node, Task, TouchedCounts } from '@cyberstroll/contracts';
import { DISPATCHABLE_TASK_STATUSES, OPEN_TASK_STATUSES, type TaskStatus, taskTable } from '@cyberstroll/state-machine';
import { sumShards } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/models/database';
import type { TaskProgressDocument } from '../mongodb/models/documents';
import { findFields, IN_ONE_ANSWER, type Part, project } from '../mongodb/models/fields';

/** The fields of a task that the dispatcher plans with. */
export type DispatchTask = Part<Task, (typeof DISPATCH_TASK)[number]> & {
  total_targets: number;
  touched: TouchedCounts;
};

const DISPATCH_TASK = [
  'task_id',
  'status',
  'config.pool',
  'config.priority',
  'config.subtask_timeout',
  'scan.method',
  'cursor',
  'traceparent',
] as const;

/** The fields of an open task that the sweeps over its subtasks need. */
export type OpenTask = Part<Task, (typeof OPEN_TASK)[number]>;

export const OPEN_TASK = ['task_id', 'status', 'config', 'scan.method', 'resumed_time', 'traceparent'] as const;

export interface DispatchQueries {
  /** CREATED tasks, oldest first. */
  findCreated(limit: number): Promise<string[]>;
  /** QUEUED, RUNNING and PAUSED tasks of these pools, by id, after `after`. */
  findForDispatch(query: {
    pools: readonly string[];
    after?: string | undefined;
    limit: number;
  }): Promise<DispatchTask[]>;
  /** QUEUED and RUNNING tasks with subtasks that are not sent out yet and that such a node scans, oldest first. */
  findUnsent(
    node: Pick<Node, 'pools' | 'methods'>,
    limit: number,
  ): Promise<Pick<DispatchTask, 'task_id' | 'cursor' | 'total_targets'>[]>;
  /** Of these tasks, the open ones. */
  findOpen(taskIds: readonly string[]): Promise<OpenTask[]>;
  /** The statuses of these tasks, by id. A task that does not exist is missing. */
  findStatuses(taskIds: readonly string[]): Promise<Map<string, TaskStatus>>;
}

const DISPATCHER_STATUSES = OPEN_TASK_STATUSES.filter((status) => status !== taskTable.initial);

export const TOTAL = 'progress.total_targets';
export const withTotal = <Read extends { progress: { total_targets: number } }>({ progress, ...task }: Read) => ({
  ...task,
  total_targets: progress.total_targets,
});

/** Queries that run up to twenty times a second: each reads only the fields that it needs. */
export function createDispatchQueries(db: Database): DispatchQueries {
  async function readTouched(taskIds: readonly string[]): Promise<Map<string, DispatchTask['touched']>> {
    if (taskIds.length === 0) return new Map();
    const filter = { task_id: { $in: taskIds } };
    const projection = project(['task_id', 'counts', 'seq']);
    const shards = db.taskProgress.find(filter, { ...IN_ONE_ANSWER, projection });
    const groups = new Map<string, TaskProgressDocument[]>(taskIds.map((taskId) => [taskId, []]));
    for await (const shard of shards) groups.get(shard.task_id)!.push(shard);
    return new Map([...groups].map(([taskId, group]) => [taskId, sumShards(group).touched]));
  }

  return {
    async findCreated(limit) {
      const found = findFields(db.tasks, { status: taskTable.initial }, ['task_id'], IN_ONE_ANSWER);
      const tasks = await found.sort({ created_time: 1 }).limit(limit).toArray();
      return tasks.map(({ task_id }) => task_id);
    },
    async findForDispatch({ pools, after, limit }) {
      const filter = {
        'config.pool': { $in: pools },
        status: { $in: DISPATCHER_STATUSES },
        ...(after !== undefined && { task_id: { $gt: after } }),
      };
      const found = findFields(db.tasks, filter, [...DISPATCH_TASK, TOTAL], IN_ONE_ANSWER);
      const page = (await found.sort({ task_id: 1 }).limit(limit).toArray()).map(withTotal);
      const touched = await readTouched(page.map(({ task_id }) => task_id));
      return page.map((task) => ({ ...task, touched: touched.get(task.task_id)! }));
    },
    async findUnsent({ pools, methods }, limit) {
      const filter = {
        'config.pool': { $in: pools },
        ...(methods && { 'scan.method': { $in: methods } }),
        status: { $in: DISPATCHABLE_TASK_STATUSES },
        $expr: { $lt: ['$cursor', '$progress.total_targets'] },
      };
      const found = findFields(db.tasks, filter, ['task_id', 'cursor', TOTAL]);
      return (await found.sort({ task_id: 1 }).limit(limit).toArray()).map(withTotal);
    },
    async findOpen(taskIds) {
      const filter = { task_id: { $in: taskIds }, status: { $in: OPEN_TASK_STATUSES } };
      return findFields(db.tasks, filter, OPEN_TASK).sort({ task_id: 1 }).toArray();
    },
    async findStatuses(taskIds) {
      const found = findFields(db.tasks, { task_id: { $in: taskIds } }, ['task_id', 'status']).sort({ task_id: 1 });
      return new Map((await found.toArray()).map(({ task_id, status }): [string, TaskStatus] => [task_id, status]));
    },
  };
}
