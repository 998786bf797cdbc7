import type { Node, Task } from '@cyberstroll/contracts';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import { taskNotFound } from '../counters/read-counters';
import type { Database } from '../mongodb/database';
import { findOneFields } from '../mongodb/fields';

/** A node without what it runs and how its machine does. */
export type FleetNode = Omit<Node, 'current_tasks' | 'system_info'>;

/** A task as far as it tells why its subtasks wait. */
export type WaitingTask = Pick<Task, (typeof WAITING)[number]>;

const WAITING = ['task_id', 'status', 'status_history', 'cursor', 'config'] as const;

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

export function createWaitingFacts(db: Database): WaitingFacts {
  return {
    findFleet: () =>
      db.nodes.find<FleetNode>({}, { projection: { _id: 0, current_tasks: 0, system_info: 0 } }).toArray(),
    async countTasksByPool() {
      const groups = await db.tasks
        .aggregate<{ _id: string; count: number }>([
          { $match: { status: { $in: DISPATCHABLE_TASK_STATUSES } } },
          { $group: { _id: '$config.pool', count: { $sum: 1 } } },
        ])
        .toArray();
      return new Map(groups.map(({ _id, count }) => [_id, count]));
    },
    async findNextRetries(taskIds) {
      const groups = await db.subTasks
        .aggregate<{ _id: string; time: Date }>([
          { $match: { task_id: { $in: taskIds }, status: 'RETRYING', next_retry_time: { $exists: true } } },
          { $group: { _id: '$task_id', time: { $min: '$next_retry_time' } } },
        ])
        .toArray();
      return new Map(groups.map(({ _id, time }) => [_id, time]));
    },
    async getTask(taskId) {
      const task = await findOneFields(db.tasks, { task_id: taskId }, WAITING);
      if (!task) throw taskNotFound(taskId);
      return task;
    },
  };
}
