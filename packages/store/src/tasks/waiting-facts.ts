import { type Node, nodeSchema, type Task } from '@cyberstroll/contracts';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import { taskNotFound } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { findOneFields } from '../mongodb/models/fields';
import { anyOf, EVER, indexFirst } from '../mongodb/queries/index-first';

/** A node without its subtasks and its system figures. */
export type FleetNode = Omit<Node, 'current_tasks' | 'system_info'>;

const fleetNodeSchema = nodeSchema.omit({ current_tasks: true, system_info: true });
const isFleetNode = (node: object): boolean => fleetNodeSchema.safeParse(node).success;

/** The fields of a task that say why its subtasks wait. */
export type WaitingTask = Pick<Task, (typeof WAITING)[number]>;

const WAITING = [
  'task_id',
  'status',
  'status_history',
  'cursor',
  'config',
  'scan',
  'hold',
  'labels',
  'target_ranges',
] as const;

const UNSHOWN = { _id: 0, task_pages: 0, system_info: 0 };

/** The facts that explain why tasks and subtasks wait. Each is one query, for any number of tasks. */
export function createWaitingFacts(db: Database) {
  return {
    findFleet: async (): Promise<FleetNode[]> =>
      (await db.nodes.find<FleetNode>({}, { projection: UNSHOWN }).toArray()).filter(isFleetNode),
    /** By pool, the tasks that are QUEUED or RUNNING. */
    async countTasksByPool(): Promise<Map<string, number>> {
      const groups = await db.tasks
        .aggregate<{ _id: string; count: number }>([
          { $match: { status: { $in: DISPATCHABLE_TASK_STATUSES } } },
          { $group: { _id: '$config.pool', count: { $sum: 1 } } },
        ])
        .toArray();
      return new Map(groups.map(({ _id, count }) => [_id, count]));
    },
    /** By task: when the first retry that no node has claimed is due. Tasks without such a retry are missing. */
    async findNextRetries(taskIds: readonly string[]): Promise<Map<string, Date>> {
      const groups = await db.subTasks
        .aggregate<{ _id: string; time: Date }>([
          { $match: indexFirst({ task_id: anyOf(taskIds), retry_due_time: { $gt: EVER } }, { status: 'RETRYING' }) },
          { $group: { _id: '$task_id', time: { $min: '$retry_due_time' } } },
        ])
        .toArray();
      return new Map(groups.map(({ _id, time }) => [_id, time]));
    },
    /** Rejects with AppError `missing` `task_not_found`. */
    async getTask(taskId: string): Promise<WaitingTask> {
      const task = await findOneFields(db.tasks, { task_id: taskId }, WAITING);
      if (!task) throw taskNotFound(taskId);
      return task;
    },
  };
}
