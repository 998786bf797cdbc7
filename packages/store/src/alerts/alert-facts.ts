import { type Task, taskSchema } from '@cyberstroll/contracts';
import { DISPATCHABLE_TASK_STATUSES, OPEN_TASK_STATUSES } from '@cyberstroll/state-machine';
import type { Database } from '../mongodb/models/database';
import { findFields, IN_ONE_ANSWER, type Part } from '../mongodb/models/fields';
import { findTasks, findUnsettledTasks } from '../mongodb/models/find-tasks';
import { createCheck } from '../mongodb/queries/readable';

const WATCHED = [
  'task_id',
  'status',
  'progress.completed_count',
  'progress.failed_count',
  'progress.timeout_count',
  'config.timeout',
  'config.subtask_timeout',
  'config.windows',
  'created_time',
  'started_time',
  'completed_time',
  'estimated_completion',
  'paused_seconds',
  'resumed_time',
  'hold.code',
] as const;

const isWatchedTask = createCheck(taskSchema, WATCHED);

export type WatchedTask = Part<Task, (typeof WATCHED)[number]>;

const BEGINNING = [
  'task_id',
  'cursor',
  'progress.total_targets',
  'progress.retry_count',
  'config.retry_delay',
  'config.max_retry_delay',
] as const;

/** What a task has left to begin. `moves` is another number after something of it began or ended. */
type BeginningTask = Part<Task, (typeof BEGINNING)[number]> & { moves: number };

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
      const filter = { status: { $in: OPEN_TASK_STATUSES } };
      const page = await findUnsettledTasks(db, WATCHED, { filter, after }).limit(limit).toArray();
      const ended = await findFields(db.tasks, { completed_time: { $gt: endedAfter } }, WATCHED, IN_ONE_ANSWER)
        .sort({ completed_time: -1 })
        .limit(MAX_ENDED)
        .toArray();
      const asked = taskIds.length === 0 ? [] : await findTasks(db, taskIds, WATCHED).toArray();
      const byId = new Map([...page, ...ended, ...asked].map((task) => [task.task_id, task]));
      return {
        tasks: [...byId.values()].filter(isWatchedTask),
        next: page.length < limit ? undefined : page.at(-1)!.task_id,
      };
    },
    /** Those of these tasks that may begin something now. */
    async findBeginning(taskIds: readonly string[]): Promise<BeginningTask[]> {
      if (taskIds.length === 0) return [];
      const may = { status: { $in: DISPATCHABLE_TASK_STATUSES }, hold: { $exists: false } };
      const tasks = await findTasks(db, taskIds, BEGINNING, { filter: may }).toArray();
      const groups = db.taskProgress.aggregate<{ _id: string; moves: number }>(
        [
          { $match: { task_id: { $in: tasks.map(({ task_id }) => task_id) } } },
          { $group: { _id: '$task_id', moves: { $sum: '$seq' } } },
        ],
        IN_ONE_ANSWER,
      );
      const movesOf = new Map((await groups.toArray()).map(({ _id, moves }) => [_id, moves]));
      return tasks.map((task) => ({ ...task, moves: movesOf.get(task.task_id) ?? 0 }));
    },
  };
}
