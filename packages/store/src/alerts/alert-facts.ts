import type { Task } from '@cyberstroll/contracts';
import { OPEN_TASK_STATUSES } from '@cyberstroll/state-machine';
import type { Models } from '../mongodb/create-models';

export type WatchedTask = Pick<
  Task,
  | 'task_id'
  | 'status'
  | 'progress'
  | 'config'
  | 'created_time'
  | 'started_time'
  | 'completed_time'
  | 'estimated_completion'
  | 'paused_seconds'
>;

export interface AlertFacts {
  /**
   * A page of the open tasks by id, after `after`; with it always those that ended after `endedAfter` (the latest 2,000) and
   * `taskIds`. `next` is undefined after the last page.
   */
  findWatchedTasks(query: {
    after?: string | undefined;
    limit: number;
    endedAfter: Date;
    taskIds: readonly string[];
  }): Promise<{ tasks: WatchedTask[]; next: string | undefined }>;
}

const MAX_ENDED = 2_000;
const PROJECTION = {
  _id: 0,
  task_id: 1,
  status: 1,
  progress: 1,
  config: 1,
  created_time: 1,
  started_time: 1,
  completed_time: 1,
  estimated_completion: 1,
  paused_seconds: 1,
};

/** What is read of tasks to see whether they are well: from their documents, as of their last roll-up. */
export function createAlertFacts(models: Models): AlertFacts {
  const tasks = models.tasks.collection;
  return {
    async findWatchedTasks({ after, limit, endedAfter, taskIds }) {
      const page = (await tasks
        .find(
          {
            settled: false,
            status: { $in: OPEN_TASK_STATUSES },
            ...(after !== undefined && { task_id: { $gt: after } }),
          },
          { projection: PROJECTION },
        )
        .sort({ task_id: 1 })
        .limit(limit)
        .toArray()) as unknown as WatchedTask[];
      const ended = (await tasks
        .find({ completed_time: { $gt: endedAfter } }, { projection: PROJECTION })
        .sort({ completed_time: -1 })
        .limit(MAX_ENDED)
        .toArray()) as unknown as WatchedTask[];
      const asked = (await tasks
        .find({ task_id: { $in: taskIds } }, { projection: PROJECTION })
        .toArray()) as unknown as WatchedTask[];
      const byId = new Map([...page, ...ended, ...asked].map((task) => [task.task_id, task]));
      return { tasks: [...byId.values()], next: page.length < limit ? undefined : page.at(-1)!.task_id };
    },
  };
}
