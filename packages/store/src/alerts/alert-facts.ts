import type { Task } from '@cyberstroll/contracts';
import { OPEN_TASK_STATUSES } from '@cyberstroll/state-machine';
import type { Database } from '../mongodb/models/database';
import { findFields, IN_ONE_ANSWER, type Part } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';

const WATCHED = [
  'task_id',
  'status',
  'progress.completed_count',
  'progress.failed_count',
  'progress.timeout_count',
  'config.timeout',
  'config.subtask_timeout',
  'created_time',
  'started_time',
  'completed_time',
  'estimated_completion',
  'paused_seconds',
  'resumed_time',
  'hold.code',
] as const;

export type WatchedTask = Part<Task, (typeof WATCHED)[number]>;

const MAX_ENDED = 2_000;

/** The facts that alert rules read about tasks: from the tasks' documents, as of their last roll-up. */
export function createAlertFacts(db: Database) {
  return {
    /**
     * A page of the open tasks, by id, after `after`. Every page also has the tasks that ended after `endedAfter` (the
     * latest 2,000) and the tasks of `taskIds`. `next` is undefined after the last page.
     */
    async findWatchedTasks({
      after,
      limit,
      endedAfter,
      taskIds,
    }: {
      after?: string | undefined;
      limit: number;
      endedAfter: Date;
      taskIds: readonly string[];
    }): Promise<{ tasks: WatchedTask[]; next: string | undefined }> {
      const isAfter = after !== undefined && { task_id: { $gt: after } };
      const page = await findFields(
        db.tasks,
        { settled: false, status: { $in: OPEN_TASK_STATUSES }, ...isAfter },
        WATCHED,
        IN_ONE_ANSWER,
      )
        .sort({ task_id: 1 })
        .limit(limit)
        .toArray();
      const ended = await findFields(db.tasks, { completed_time: { $gt: endedAfter } }, WATCHED, IN_ONE_ANSWER)
        .sort({ completed_time: -1 })
        .limit(MAX_ENDED)
        .toArray();
      const asked = taskIds.length === 0 ? [] : await findTasks(db, taskIds, WATCHED).toArray();
      const byId = new Map([...page, ...ended, ...asked].map((task) => [task.task_id, task]));
      return { tasks: [...byId.values()], next: page.length < limit ? undefined : page.at(-1)!.task_id };
    },
  };
}
