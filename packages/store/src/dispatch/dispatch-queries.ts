import type { Task } from '@cyberstroll/contracts';
import { DISPATCHABLE_TASK_STATUSES, OPEN_TASK_STATUSES, type TaskStatus, taskTable } from '@cyberstroll/state-machine';
import { sumShards } from '@cyberstroll/task-state';
import type { Models } from '../mongodb/create-models';
import type { TaskProgressDocument } from '../mongodb/documents';
import type { DispatchTask, TaskQueries } from '../store';

type DispatchQueries = Pick<
  TaskQueries,
  'findCreated' | 'findForDispatch' | 'findUnsent' | 'findOpen' | 'findStatuses'
>;

const TAKEN_UP_STATUSES = OPEN_TASK_STATUSES.filter((status) => status !== taskTable.initial);

export const TOTAL = { 'progress.total_targets': 1 } as const;
export const withTotal = ({ progress, ...task }: Task) => ({ ...task, total_targets: progress.total_targets });

/** What is asked twenty times a second: each reads what it needs and no more. */
export function createDispatchQueries(models: Models): DispatchQueries {
  const tasks = models.tasks.collection;

  async function find(
    filter: object,
    fields: object,
    { sort, limit }: { sort: string; limit: number },
  ): Promise<Task[]> {
    const found = tasks.find(filter, { projection: { _id: 0, task_id: 1, ...fields } });
    return (await found
      .sort({ [sort]: 1 })
      .limit(limit)
      .toArray()) as unknown as Task[];
  }

  async function readTouched(taskIds: readonly string[]): Promise<Map<string, DispatchTask['touched']>> {
    const filter = { task_id: { $in: taskIds } };
    const shards = models.taskProgress.collection.find(filter, { projection: { task_id: 1, counts: 1, seq: 1 } });
    const groups = new Map<string, TaskProgressDocument[]>(taskIds.map((taskId) => [taskId, []]));
    for await (const shard of shards) groups.get(shard['task_id'])!.push(shard as unknown as TaskProgressDocument);
    return new Map([...groups].map(([taskId, group]) => [taskId, sumShards(group).touched]));
  }

  return {
    async findCreated(limit) {
      const found = await find({ status: taskTable.initial }, {}, { sort: 'created_time', limit });
      return found.map(({ task_id }) => task_id);
    },
    async findForDispatch({ pools, after, limit }) {
      const filter = {
        'config.pool': { $in: pools },
        status: { $in: TAKEN_UP_STATUSES },
        ...(after !== undefined && { task_id: { $gt: after } }),
      };
      const fields = { status: 1, config: 1, cursor: 1, traceparent: 1, ...TOTAL };
      const page = (await find(filter, fields, { sort: 'task_id', limit })).map(withTotal);
      const touched = await readTouched(page.map(({ task_id }) => task_id));
      return page.map((task) => ({ ...task, touched: touched.get(task.task_id)! }));
    },
    async findUnsent(pools, limit) {
      const filter = {
        'config.pool': { $in: pools },
        status: { $in: DISPATCHABLE_TASK_STATUSES },
        $expr: { $lt: ['$cursor', '$progress.total_targets'] },
      };
      return (await find(filter, { cursor: 1, ...TOTAL }, { sort: 'task_id', limit })).map(withTotal);
    },
    async findOpen(taskIds) {
      const filter = { task_id: { $in: taskIds }, status: { $in: OPEN_TASK_STATUSES } };
      const fields = { status: 1, config: 1, resumed_time: 1, traceparent: 1 };
      return find(filter, fields, { sort: 'task_id', limit: 0 });
    },
    async findStatuses(taskIds) {
      const found = await find({ task_id: { $in: taskIds } }, { status: 1 }, { sort: 'task_id', limit: 0 });
      return new Map(found.map(({ task_id, status }): [string, TaskStatus] => [task_id, status]));
    },
  };
}
