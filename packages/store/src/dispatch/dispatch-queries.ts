import { DISPATCHABLE_TASK_STATUSES, OPEN_TASK_STATUSES, type TaskStatus, taskTable } from '@cyberstroll/state-machine';
import { sumShards } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/database';
import type { TaskProgressDocument } from '../mongodb/documents';
import { findFields, project } from '../mongodb/fields';
import { type DispatchTask, OPEN_TASK, type TaskQueries } from '../store';

type DispatchQueries = Pick<
  TaskQueries,
  'findCreated' | 'findForDispatch' | 'findUnsent' | 'findOpen' | 'findStatuses'
>;

const TAKEN_UP_STATUSES = OPEN_TASK_STATUSES.filter((status) => status !== taskTable.initial);

export const TOTAL = 'progress.total_targets';
export const withTotal = <Read extends { progress: { total_targets: number } }>({ progress, ...task }: Read) => ({
  ...task,
  total_targets: progress.total_targets,
});

/** What is asked twenty times a second: each reads what it needs and no more. */
export function createDispatchQueries(db: Database): DispatchQueries {
  async function readTouched(taskIds: readonly string[]): Promise<Map<string, DispatchTask['touched']>> {
    const filter = { task_id: { $in: taskIds } };
    const shards = db.taskProgress.find(filter, { projection: project(['task_id', 'counts', 'seq']) });
    const groups = new Map<string, TaskProgressDocument[]>(taskIds.map((taskId) => [taskId, []]));
    for await (const shard of shards) groups.get(shard.task_id)!.push(shard);
    return new Map([...groups].map(([taskId, group]) => [taskId, sumShards(group).touched]));
  }

  return {
    async findCreated(limit) {
      const found = findFields(db.tasks, { status: taskTable.initial }, ['task_id']);
      const tasks = await found.sort({ created_time: 1 }).limit(limit).toArray();
      return tasks.map(({ task_id }) => task_id);
    },
    async findForDispatch({ pools, after, limit }) {
      const filter = {
        'config.pool': { $in: pools },
        status: { $in: TAKEN_UP_STATUSES },
        ...(after !== undefined && { task_id: { $gt: after } }),
      };
      const found = findFields(db.tasks, filter, ['task_id', 'status', 'config', 'cursor', 'traceparent', TOTAL]);
      const page = (await found.sort({ task_id: 1 }).limit(limit).toArray()).map(withTotal);
      const touched = await readTouched(page.map(({ task_id }) => task_id));
      return page.map((task) => ({ ...task, touched: touched.get(task.task_id)! }));
    },
    async findUnsent(pools, limit) {
      const filter = {
        'config.pool': { $in: pools },
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
