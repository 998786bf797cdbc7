import type { Page, Task } from '@cyberstroll/contracts';
import { countOpen, NO_TOUCHED } from '@cyberstroll/contracts';
import { ENDED_TASK_STATUSES, isEndedTask, OPEN_TASK_STATUSES } from '@cyberstroll/state-machine';
import type { TargetIndex } from '@cyberstroll/targets';
import type { Connection } from 'mongoose';
import type { Models } from './models/create-models';
import type { TaskProgressDocument } from './models/documents';
import { NOT_DELETING, readTaskAndCounters, taskNotFound, WITHOUT_TARGETS } from './read-counters';
import { rollUpTask } from './roll-up';
import type { DispatchTask, TaskQueries } from './store';
import type { createTaskCommands } from './task-commands';
import { sumShards } from './task-counters';
import { toSnapshot } from './to-snapshot';
import type { WriteTask } from './write-task';

/** Open tasks that are served at once; the oldest first, the others when these have ended. */
const MAX_OPEN_TASKS = 2_000;

export interface TaskQueriesDeps {
  connection: Connection;
  models: Models;
  commands: ReturnType<typeof createTaskCommands>;
  writeTask: WriteTask;
  getTargetIndex: (taskId: string, count?: number) => Promise<TargetIndex>;
}

export function createTaskQueries(deps: TaskQueriesDeps): TaskQueries {
  const { connection, models, commands, getTargetIndex } = deps;
  const tasks = models.tasks.collection;

  async function findTasks({ status, limit, cursor }: Parameters<TaskQueries['findTasks']>[0]): Promise<Page<Task>> {
    const filter = {
      ...NOT_DELETING,
      ...(status && { status }),
      ...(cursor !== undefined && { task_id: { $lt: cursor } }),
    };
    const found = await tasks
      .find(filter, { projection: WITHOUT_TARGETS })
      .sort({ task_id: -1 })
      .limit(limit + 1)
      .toArray();
    const items = found.slice(0, limit) as unknown as Task[];
    return { items, ...(found.length > limit && { next_cursor: items.at(-1)!.task_id }) };
  }

  async function findForDispatch(taskIds?: readonly string[]): Promise<DispatchTask[]> {
    const projection = {
      task_id: 1,
      status: 1,
      config: 1,
      scan: 1,
      exclude_target: 1,
      cursor: 1,
      created_time: 1,
      resumed_time: 1,
      traceparent: 1,
      'progress.total_targets': 1,
    };
    const found = (await tasks
      .find({ status: { $in: OPEN_TASK_STATUSES }, ...(taskIds && { task_id: { $in: taskIds } }) }, { projection })
      .sort({ created_time: 1 })
      .limit(taskIds ? 0 : MAX_OPEN_TASKS)
      .toArray()) as unknown as Task[];
    if (found.length === 0) return [];
    const ids = found.map((task) => task.task_id);
    const shards = (await models.taskProgress.collection
      .find({ task_id: { $in: ids } }, { projection: { task_id: 1, counts: 1, seq: 1 } })
      .toArray()) as unknown as TaskProgressDocument[];
    const byTask = groupByTask(shards);
    return found.map(({ progress, ...task }) => ({
      ...task,
      total_targets: progress.total_targets,
      touched: byTask.has(task.task_id) ? sumShards(byTask.get(task.task_id)!).touched : NO_TOUCHED,
    }));
  }

  async function settleTask(taskId: string): Promise<boolean> {
    const read = await readTaskAndCounters(connection, models, taskId);
    if (!read || read.task.settled) return true;
    const { task, counters } = read;
    if (!isEndedTask(task.status) || countOpen(counters.touched) > 0) return false;
    await rollUpTask(deps, taskId, new Date());
    await models.chunks.collection.updateMany({ task_id: taskId, settled: false }, { $set: { settled: true } });
    const { matchedCount } = await tasks.updateOne({ task_id: taskId, rev: task.rev }, { $set: { settled: true } });
    return matchedCount === 1;
  }

  return {
    getTask: (taskId) => commands.readTask(taskId),
    findTasks,
    async findSnapshot(taskId) {
      const read = await readTaskAndCounters(connection, models, taskId);
      return read && toSnapshot(read.task, read.counters, new Date());
    },
    findTaskOfKey: commands.findTaskOfKey,
    async getStanding(taskId) {
      const read = await readTaskAndCounters(connection, models, taskId);
      if (!read) throw taskNotFound(taskId);
      return { task: read.task, snapshot: toSnapshot(read.task, read.counters, new Date()) };
    },
    findForDispatch,
    getTargetIndex,
    async findUnsettled(limit, { ended, after } = {}) {
      const statuses = ended ? ENDED_TASK_STATUSES : OPEN_TASK_STATUSES;
      const filter = {
        settled: false,
        ...(ended !== undefined && { status: { $in: statuses } }),
        ...(after !== undefined && { task_id: { $gt: after } }),
      };
      const projection = {
        _id: 0,
        task_id: 1,
        status: 1,
        config: 1,
        started_time: 1,
        paused_seconds: 1,
        paused_time: 1,
        completed_time: 1,
      };
      return (await tasks.find(filter, { projection }).sort({ task_id: 1 }).limit(limit).toArray()) as never;
    },
    async findEnded(since, limit) {
      const found = tasks.find(
        { completed_time: { $exists: true, $gt: since } },
        { projection: { _id: 0, task_id: 1, status: 1 } },
      );
      return (await found.sort({ completed_time: -1 }).limit(limit).toArray()) as never;
    },
    settleTask,
    async reopenTask(taskId, reason, operator, { all = false } = {}) {
      const read = await readTaskAndCounters(connection, models, taskId);
      return commands.reopenTask(taskId, { seq: read?.counters.seq ?? 0, all, reason, operator });
    },
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

function groupByTask(shards: readonly TaskProgressDocument[]): Map<string, TaskProgressDocument[]> {
  const groups = new Map<string, TaskProgressDocument[]>();
  for (const shard of shards) groups.set(shard.task_id, [...(groups.get(shard.task_id) ?? []), shard]);
  return groups;
}
