import type { ProgressSnapshot, RetrySelection, Task } from '@cyberstroll/contracts';
import { OPEN_TASK_STATUSES } from '@cyberstroll/state-machine';
import type { KeyRange, TargetSet } from '@cyberstroll/targets';
import { type GetFleetPace, toSnapshot } from '@cyberstroll/task-state';
import { getTaskAndCounters, NOT_DELETING, readTasksAndCounters, taskNotFound } from '../counters/read-counters';
import { createDispatchQueries } from '../dispatch/dispatch-queries';
import type { GetJobSource } from '../dispatch/job-sources';
import type { Database } from '../mongodb/models/database';
import { findFields } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { EVER, indexFirst } from '../mongodb/queries/index-first';
import { findSubset, type SubsetQuery } from './find-subset';
import { type ReopenDeps, type ReopenedTask, reopenTask } from './reopen-task';
import { type FoundRollUp, findRollUps, rollUpTask, settleTasks, transitionTasks } from './roll-up';
import { createStandings, type Standing } from './standings';
import { createSweepQueries } from './sweep-queries';
import { createTaskChains } from './task-chains';
import type { createTaskCommands } from './task-commands';
import { createTaskList } from './task-list';
import { createTaskTargets } from './task-targets';
import { withinRanges } from './within-ranges';
import type { TaskWrite, TaskWriter } from './write-tasks';

/** Reads and guarded writes of tasks. */
export type TaskRepository = ReturnType<typeof createTaskRepository>;

export interface TaskRepositoryDeps extends Pick<ReopenDeps, 'countFailed'> {
  db: Database;
  commands: ReturnType<typeof createTaskCommands>;
  writer: TaskWriter;
  getFleetPace: GetFleetPace;
  getJobSource: GetJobSource;
}

export function createTaskRepository(deps: TaskRepositoryDeps) {
  const { db, commands, getFleetPace, getJobSource } = deps;
  const targets = createTaskTargets(db);
  const findStanding = createStandings(db, getFleetPace);

  async function findInside(taskIds: readonly string[], ranges: readonly KeyRange[]): Promise<string[]> {
    const filter = { ...NOT_DELETING, ...withinRanges(ranges) };
    return (await findTasks(db, taskIds, ['task_id'], { filter }).toArray()).map(({ task_id }) => task_id);
  }

  return {
    /**
     * Creates a task, and returns it with its whole target texts. `created` is false if a task with this id exists.
     * Rejects with AppError `missing` `task_not_found` while that task is being deleted.
     */
    createTask: commands.createTask,
    /**
     * The same for a run of a schedule: the run has its outcome, and the schedule its `last_run`, with the task.
     * Undefined, and without effect, if the run has an outcome, or the schedule has changed since it was read.
     */
    createTaskOfRun: commands.createTaskOfRun,
    /**
     * Sets the status, and notes `reason` and `operator` (default `task-state-manager`) in the history. The status may
     * depend on the one that the task has: `status` is called again if the task changed meanwhile. Rejects with
     * AppError `missing` `task_not_found`, or `conflict` `illegal_transition` (details.allowed: statuses) if the status
     * cannot be set. An ended task is set to RUNNING by `reopenTask` only. With `version`, rejects with `conflict`
     * `version_changed` if the task has another version.
     */
    updateTaskStatus: commands.updateTaskStatus,
    /**
     * Takes those of these tasks from CREATED to QUEUED that nobody changes meanwhile, 500 at most. Resolves with their
     * ids.
     */
    queueTasks: commands.queueTasks,
    /**
     * Writes the fields that `toFields` gives, and that differ from the task's. `before` and `after` have these alone:
     * both are empty if nothing is written. Rejects with AppError `missing` `task_not_found`; `version` as above.
     */
    changeFields: commands.changeFields,
    /** Rejects with AppError `missing` `task_not_found`. */
    async getTaskStatus(
      taskId: string,
    ): Promise<Pick<Task, 'task_id' | 'status' | 'status_history' | 'rev' | 'edits' | 'unseen'>> {
      const { task_id, status, status_history, rev, edits, unseen } = await commands.readTask(taskId);
      const version = { rev, ...(edits !== undefined && { edits }), ...(unseen !== undefined && { unseen }) };
      return { task_id, status, status_history, ...version };
    },
    /**
     * Rolls the counters up into the task, makes the transitions that they demand (to RUNNING, to an end) in the name
     * of `operator`, and returns its progress.
     */
    calculateTaskProgress: (taskId: string, operator?: string) => rollUpTask(deps, taskId, operator),
    /**
     * The same for those of these tasks that exist, in no order; 100 tasks at most. Those whose subtasks are all closed
     * end together: all of them or none. `left` has the tasks that are not rolled up: other writers changed some of
     * them meanwhile, or they end with open subtasks.
     */
    transitionTasks: (taskIds: readonly string[], operator: string) => transitionTasks(deps, taskIds, operator),
    /**
     * Target texts are cut, here and in every read that does not say otherwise. Rejects with AppError `missing`
     * `task_not_found`.
     */
    getTask: (taskId: string): Promise<Task> => commands.readTask(taskId),
    /** The ids of those of these tasks whose targets all lie in these ranges. */
    findInside,
    /** Rejects with AppError `missing` `task_not_found` unless all targets of the task lie in these ranges. */
    async requireInside(taskId: string, ranges: readonly KeyRange[]): Promise<void> {
      if ((await findInside([taskId], ranges)).length === 0) throw taskNotFound(taskId);
    },
    /** The task with its whole target texts. */
    fillInTargets: (task: Task): Promise<Task> => targets.fillIn(task),
    /**
     * The tasks that match every filter. A page has at most `limit` tasks and 1 MB. With `target` it may be shorter,
     * even empty, and still have a `next_cursor`. Rejects with AppError `invalid` `invalid_query` for a cursor of
     * another sort.
     */
    findTasks: createTaskList(db),
    /** The task's progress, from the counters. Undefined if the task does not exist. */
    async findSnapshot(taskId: string): Promise<ProgressSnapshot | undefined> {
      return (await findStanding(taskId))?.snapshot;
    },
    /** The progress of those of these tasks that exist, from their counters, in no order; 500 tasks at most. */
    async findSnapshots(taskIds: readonly string[]): Promise<ProgressSnapshot[]> {
      const read = await readTasksAndCounters(db, taskIds);
      const now = new Date();
      return Promise.all(read.map(({ task, counters }) => toSnapshot(task, counters, now, getFleetPace)));
    },
    /** What `calculateTaskProgress` would do, for those of these tasks that exist, in no order; 500 tasks at most. */
    findRollUps: (taskIds: readonly string[]): Promise<FoundRollUp[]> => findRollUps(deps, taskIds),
    /**
     * Writes what `findRollUps` has found to be written, 500 tasks at most. Resolves with the ids of the tasks that
     * have changed since: their documents show older progress still.
     */
    async writeProgress(writes: readonly TaskWrite[]): Promise<string[]> {
      const written = new Set(await deps.writer.write(writes));
      return writes.filter((write) => !written.has(write)).map(({ task }) => task.task_id);
    },
    /**
     * The addresses of those subtasks of a task that FAILED or timed out, or that have an open port. Undefined if they
     * are more than `maxIntervals` intervals. Rejects with AppError `missing` `task_not_found`, or `transient`
     * `no_answer_in_time` when `signal` aborts.
     */
    findSubset: (taskId: string, query: SubsetQuery): Promise<TargetSet | undefined> => findSubset(db, taskId, query),
    /** Subtasks per second that the nodes of a pool scan if all their slots are used. Undefined if unknown. */
    findPace: getFleetPace,
    /**
     * The task's status with its history, and its progress at the same moment. Calls at the same time share reads.
     * Rejects with AppError `missing` `task_not_found`.
     */
    async getStanding(taskId: string): Promise<Standing> {
      const standing = await findStanding(taskId);
      if (!standing) throw taskNotFound(taskId);
      return standing;
    },
    /** The whole task, and its progress at the same moment. Rejects with AppError `missing` `task_not_found`. */
    async getTaskWithProgress(taskId: string): Promise<{ task: Task; snapshot: ProgressSnapshot }> {
      const { task, counters } = await getTaskAndCounters(db, taskId);
      return { task, snapshot: await toSnapshot(task, counters, new Date(), getFleetPace) };
    },
    ...createDispatchQueries(db),
    ...createSweepQueries(db),
    ...createTaskChains(db),
    /**
     * What a task's jobs are made of. It is cached, and read again if the cached one has fewer than `count` targets.
     */
    getJobSource,
    /**
     * Marks those of these tasks as settled that have ended and have no open subtask: no sweep looks at them again. 500
     * tasks at most. Resolves with the progress of those that it settled.
     */
    settleTasks: (taskIds: readonly string[]): Promise<ProgressSnapshot[]> => settleTasks(deps, taskIds),
    /**
     * Sets a task to RUNNING that is FAILED, TIMEOUT, or COMPLETED with failed or timed-out subtasks. An open task
     * keeps its status. The task does not end before its retries have arrived. Subtasks that have failed so far no
     * longer count against `error_threshold`: otherwise a retry of some of them would end the task at once. With `all`,
     * the task bears `retry_all` from now on, so that all failed subtasks are retried even if this process dies. If
     * there is nothing to retry, or all of it is retried already by the request that the task bears, nothing is
     * written. With `selection` too: so that those are retried that match. Rejects with AppError `missing`
     * `task_not_found`, or `conflict`: `illegal_transition` if the task is CANCELLED, `retry_pending` if it bears
     * another request than this selection. `version` as in `updateTaskStatus`.
     */
    reopenTask: (
      taskId: string,
      reason: string,
      operator: string,
      {
        all = false,
        ...options
      }: { all?: boolean; selection?: RetrySelection | undefined; version?: number | undefined } = {},
    ): Promise<ReopenedTask> => reopenTask(deps, taskId, { reason, operator, all, ...options }),
    /** Open tasks that bear `retry_all`. */
    async findRetryAll(limit: number): Promise<(Pick<Task, 'task_id'> & Required<Pick<Task, 'retry_all'>>)[]> {
      const filter = indexFirst({ 'retry_all.requested_time': { $gt: EVER } }, { status: { $in: OPEN_TASK_STATUSES } });
      const found = await findFields(db.tasks, filter, ['task_id', 'retry_all']).limit(limit).toArray();
      // Present, since the filter demands it.
      return found.map(({ task_id, retry_all }) => ({ task_id, retry_all: retry_all! }));
    },
    /**
     * Removes the `retry_all` of that request, and lets the next roll-up look whether the task ends now. A later
     * request stays.
     */
    async endRetryAll(taskId: string, requestedTime: Date): Promise<void> {
      const filter = { task_id: taskId, 'retry_all.requested_time': requestedTime };
      await db.tasks.updateOne(filter, { $unset: { retry_all: '' }, $inc: { rev: 1, unseen: 1 } });
    },
  };
}
