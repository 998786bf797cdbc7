import { countOpen, type Page, type Task } from '@cyberstroll/contracts';
import { ENDED_TASK_STATUSES, isEndedTask, OPEN_TASK_STATUSES, type TaskStatus } from '@cyberstroll/state-machine';
import { type GetFleetPace, toSnapshot } from '@cyberstroll/task-state';
import type { Connection } from 'mongoose';
import { NOT_DELETING, readTaskAndCounters, taskNotFound } from '../counters/read-counters';
import { createDispatchQueries, TOTAL, withTotal } from '../dispatch/dispatch-queries';
import type { GetJobSource } from '../dispatch/job-sources';
import type { Models } from '../mongodb/create-models';
import { takePage } from '../mongodb/take-page';
import type { TaskQueries, UnsettledKind } from '../store';
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
  connection: Connection;
  models: Models;
  commands: ReturnType<typeof createTaskCommands>;
  writeTask: WriteTask;
  getFleetPace: GetFleetPace;
  getJobSource: GetJobSource;
}

export function createTaskQueries(deps: TaskQueriesDeps): TaskQueries {
  const { connection, models, commands, getFleetPace, getJobSource } = deps;
  const tasks = models.tasks.collection;
  const targets = createTaskTargets(models);

  async function findTasks({ status, limit, cursor }: Parameters<TaskQueries['findTasks']>[0]): Promise<Page<Task>> {
    const filter = {
      ...NOT_DELETING,
      ...(status && { status }),
      ...(cursor !== undefined && { task_id: { $lt: cursor } }),
    };
    const found = tasks.find(filter, { projection: { _id: 0 } }).sort({ task_id: -1 });
    return takePage<Task>(found, limit, ({ task_id }) => task_id);
  }

  async function settleTask(taskId: string): Promise<boolean> {
    const read = await readTaskAndCounters(connection, models, taskId);
    if (!read || read.task.settled) return true;
    const { task, counters } = read;
    if (!isEndedTask(task.status) || countOpen(counters.touched) > 0) return false;
    await rollUpTask(deps, taskId);
    await models.chunks.collection.updateMany({ task_id: taskId, settled: false }, { $set: { settled: true } });
    const { matchedCount } = await tasks.updateOne({ task_id: taskId, rev: task.rev }, { $set: { settled: true } });
    return matchedCount === 1;
  }

  return {
    getTask: (taskId) => commands.readTask(taskId),
    fillInTargets: (task) => targets.fillIn(task),
    findTasks,
    async findSnapshot(taskId) {
      const read = await readTaskAndCounters(connection, models, taskId);
      return read && toSnapshot(read.task, read.counters, new Date(), getFleetPace);
    },
    findTaskOfKey: commands.findTaskOfKey,
    async getStanding(taskId) {
      const read = await readTaskAndCounters(connection, models, taskId);
      if (!read) throw taskNotFound(taskId);
      const snapshot = await toSnapshot(read.task, read.counters, new Date(), getFleetPace);
      return { task: read.task, snapshot };
    },
    ...createDispatchQueries(models),
    getJobSource,
    async findUnsettled(limit, { only, after } = {}) {
      const filter = {
        settled: false,
        ...(only && { status: { $in: STATUSES[only] } }),
        ...(after !== undefined && { task_id: { $gt: after } }),
      };
      const projection = {
        _id: 0,
        task_id: 1,
        status: 1,
        config: 1,
        cursor: 1,
        started_time: 1,
        paused_seconds: 1,
        paused_time: 1,
        resumed_time: 1,
        completed_time: 1,
        traceparent: 1,
        ...TOTAL,
      };
      const found = await tasks.find(filter, { projection }).sort({ task_id: 1 }).limit(limit).toArray();
      return (found as unknown as Task[]).map(withTotal);
    },
    async findEnded(since, limit) {
      const found = tasks.find(
        { completed_time: { $exists: true, $gt: since } },
        { projection: { _id: 0, task_id: 1, status: 1 } },
      );
      return (await found.sort({ completed_time: -1 }).limit(limit).toArray()) as never;
    },
    async findResumed(since, limit) {
      const found = tasks.find(
        { resumed_time: { $exists: true, $gt: since }, settled: false, status: { $in: OPEN_TASK_STATUSES } },
        { projection: { _id: 0, task_id: 1, status: 1, resumed_time: 1 } },
      );
      return (await found.sort({ resumed_time: -1 }).limit(limit).toArray()) as never;
    },
    settleTask,
    reopenTask: (taskId, reason, operator, { all = false } = {}) => reopenTask(deps, taskId, { reason, operator, all }),
    async findRetryAll(limit) {
      const filter = { 'retry_all.requested_time': { $exists: true }, status: { $in: OPEN_TASK_STATUSES } };
      const projection = { _id: 0, task_id: 1, retry_all: 1 };
      return (await tasks.find(filter, { projection }).limit(limit).toArray()) as never;
    },
    async endRetryAll(taskId, requestedTime) {
      const filter = { task_id: taskId, 'retry_all.requested_time': requestedTime };
      await tasks.updateOne(filter, { $unset: { retry_all: '' }, $inc: { rev: 1 } });
    },
  };
}
