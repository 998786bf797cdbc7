import { countOpen, type Page, type Task } from '@cyberstroll/contracts';
import { ENDED_TASK_STATUSES, isEndedTask, OPEN_TASK_STATUSES, type TaskStatus } from '@cyberstroll/state-machine';
import { type GetFleetPace, toSnapshot } from '@cyberstroll/task-state';
import { NOT_DELETING, readTaskAndCounters, taskNotFound } from '../counters/read-counters';
import { createDispatchQueries, TOTAL, withTotal } from '../dispatch/dispatch-queries';
import type { GetJobSource } from '../dispatch/job-sources';
import type { Database } from '../mongodb/database';
import { findFields, WITHOUT_ID } from '../mongodb/fields';
import { takePage } from '../mongodb/take-page';
import { type TaskQueries, UNSETTLED_TASK, type UnsettledKind } from '../store';
import { reopenTask } from './reopen-task';
import { rollUpTask } from './roll-up';
import type { createTaskCommands } from './task-commands';
import { createTaskTargets } from './task-targets';
import type { WriteTask } from './write-task';

const STATUSES: Record<UnsettledKind, readonly TaskStatus[]> = {
  open: OPEN_TASK_STATUSES,
  ended: ENDED_TASK_STATUSES,
  paused: ['PAUSED'],
};

export interface TaskQueriesDeps {
  db: Database;
  commands: ReturnType<typeof createTaskCommands>;
  writeTask: WriteTask;
  getFleetPace: GetFleetPace;
  getJobSource: GetJobSource;
}

export function createTaskQueries(deps: TaskQueriesDeps): TaskQueries {
  const { db, commands, getFleetPace, getJobSource } = deps;
  const targets = createTaskTargets(db);

  async function findTasks({ status, limit, cursor }: Parameters<TaskQueries['findTasks']>[0]): Promise<Page<Task>> {
    const filter = {
      ...NOT_DELETING,
      ...(status && { status }),
      ...(cursor !== undefined && { task_id: { $lt: cursor } }),
    };
    const found = db.tasks.find<Task>(filter, WITHOUT_ID).sort({ task_id: -1 });
    return takePage(found, limit, ({ task_id }) => task_id);
  }

  async function settleTask(taskId: string): Promise<boolean> {
    const read = await readTaskAndCounters(db, taskId);
    if (!read || read.task.settled) return true;
    const { task, counters } = read;
    if (!isEndedTask(task.status) || countOpen(counters.touched) > 0) return false;
    await rollUpTask(deps, taskId);
    await db.chunks.updateMany({ task_id: taskId, settled: false }, { $set: { settled: true } });
    const { matchedCount } = await db.tasks.updateOne({ task_id: taskId, rev: task.rev }, { $set: { settled: true } });
    return matchedCount === 1;
  }

  return {
    getTask: (taskId) => commands.readTask(taskId),
    fillInTargets: (task) => targets.fillIn(task),
    findTasks,
    async findSnapshot(taskId) {
      const read = await readTaskAndCounters(db, taskId);
      return read && toSnapshot(read.task, read.counters, new Date(), getFleetPace);
    },
    findTaskOfKey: commands.findTaskOfKey,
    async getStanding(taskId) {
      const read = await readTaskAndCounters(db, taskId);
      if (!read) throw taskNotFound(taskId);
      const snapshot = await toSnapshot(read.task, read.counters, new Date(), getFleetPace);
      return { task: read.task, snapshot };
    },
    ...createDispatchQueries(db),
    getJobSource,
    async findUnsettled(limit, { only, after } = {}) {
      const filter = {
        settled: false,
        ...(only && { status: { $in: STATUSES[only] } }),
        ...(after !== undefined && { task_id: { $gt: after } }),
      };
      const found = findFields(db.tasks, filter, [...UNSETTLED_TASK, TOTAL])
        .sort({ task_id: 1 })
        .limit(limit);
      return (await found.toArray()).map(withTotal);
    },
    findEnded: (since, limit) =>
      findFields(db.tasks, { completed_time: { $exists: true, $gt: since } }, ['task_id', 'status'])
        .sort({ completed_time: -1 })
        .limit(limit)
        .toArray(),
    findResumed(since, limit) {
      const resumed_time = { $exists: true, $gt: since };
      const filter = { resumed_time, settled: false, status: { $in: OPEN_TASK_STATUSES } };
      return findFields(db.tasks, filter, ['task_id', 'status', 'resumed_time'])
        .sort({ resumed_time: -1 })
        .limit(limit)
        .toArray();
    },
    settleTask,
    reopenTask: (taskId, reason, operator, { all = false } = {}) => reopenTask(deps, taskId, { reason, operator, all }),
    async findRetryAll(limit) {
      const filter = { 'retry_all.requested_time': { $exists: true }, status: { $in: OPEN_TASK_STATUSES } };
      const found = await findFields(db.tasks, filter, ['task_id', 'retry_all']).limit(limit).toArray();
      // The filter has it.
      return found.map(({ task_id, retry_all }) => ({ task_id, retry_all: retry_all! }));
    },
    async endRetryAll(taskId, requestedTime) {
      const filter = { task_id: taskId, 'retry_all.requested_time': requestedTime };
      await db.tasks.updateOne(filter, { $unset: { retry_all: '' }, $inc: { rev: 1 } });
    },
  };
}
