import type { Node, Task } from '@cyberstroll/contracts';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import { taskNotFound } from '../counters/read-counters';
import type { Models } from '../mongodb/create-models';

/** A node without what it runs and how its machine does. */
export type FleetNode = Omit<Node, 'current_tasks' | 'system_info'>;

/** A task as far as it tells why its subtasks wait. */
export type WaitingTask = Pick<Task, 'task_id' | 'status' | 'status_history' | 'cursor' | 'config'>;

/** What is asked to tell why tasks and subtasks wait: each is one query, however many are asked about. */
export interface WaitingFacts {
  findFleet(): Promise<FleetNode[]>;
  /** By pool, the tasks that are QUEUED or RUNNING. */
  countTasksByPool(): Promise<Map<string, number>>;
  /** By task, when the first of its retries that no node has taken is due; tasks without one are missing. */
  findNextRetries(taskIds: readonly string[]): Promise<Map<string, Date>>;
  /** Rejects with AppError `missing` `task_not_found`. */
  getTask(taskId: string): Promise<WaitingTask>;
}

export function createWaitingFacts(models: Models): WaitingFacts {
  return {
    async findFleet() {
      const projection = { _id: 0, current_tasks: 0, system_info: 0 };
      return (await models.nodes.collection.find({}, { projection }).toArray()) as unknown as FleetNode[];
    },
    async countTasksByPool() {
      const groups = await models.tasks.collection
        .aggregate<{ _id: string; count: number }>([
          { $match: { status: { $in: DISPATCHABLE_TASK_STATUSES } } },
          { $group: { _id: '$config.pool', count: { $sum: 1 } } },
        ])
        .toArray();
      return new Map(groups.map(({ _id, count }) => [_id, count]));
    },
    async findNextRetries(taskIds) {
      const groups = await models.subTasks.collection
        .aggregate<{ _id: string; time: Date }>([
          { $match: { task_id: { $in: taskIds }, status: 'RETRYING', next_retry_time: { $exists: true } } },
          { $group: { _id: '$task_id', time: { $min: '$next_retry_time' } } },
        ])
        .toArray();
      return new Map(groups.map(({ _id, time }) => [_id, time]));
    },
    async getTask(taskId) {
      const projection = { _id: 0, task_id: 1, status: 1, status_history: 1, cursor: 1, config: 1 };
      const task = await models.tasks.collection.findOne({ task_id: taskId }, { projection });
      if (!task) throw taskNotFound(taskId);
      return task as unknown as WaitingTask;
    },
  };
}
