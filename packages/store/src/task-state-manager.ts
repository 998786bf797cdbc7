import { randomUUID } from 'node:crypto';
import { MAX_SUBTASKS_PER_JOB, type Progress, type SubTask, type SubTaskUpdate } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { isClosedSubTask } from '@cyberstroll/state-machine';
import type { IncomingUpdate, UpdateResult } from '@cyberstroll/task-state';
import type { Statistics } from './counters/fleet-statistics';
import type { ChunkLedger } from './dispatch/chunk-ledger';
import type { Database } from './mongodb/models/database';
import type { SubTaskRepository } from './subtasks/subtask-repository';
import { type CleanUp, cleanUpExpiredTasks } from './tasks/clean-up';
import type { createTaskCommands } from './tasks/task-commands';
import type { TaskRepository } from './tasks/task-repository';

/**
 * How many tasks are tried for pending subtasks. Another process may have sent the subtasks of the first task
 * meanwhile.
 */
const MAX_LOOKS = 100;

export interface TaskStateManagerDeps {
  db: Database;
  commands: ReturnType<typeof createTaskCommands>;
  tasks: TaskRepository;
  subTasks: SubTaskRepository;
  statistics: Statistics;
  chunks: ChunkLedger;
  cleanUp: CleanUp;
}

export type TaskStateManager = ReturnType<typeof createTaskStateManager>;

/**
 * Contract 4.1 as one object. Services call the repositories themselves; the first six methods are those of the
 * repositories. No service calls the other seven: they are here because they are part of the contract.
 */
export function createTaskStateManager(deps: TaskStateManagerDeps) {
  const { db, commands, tasks, subTasks, chunks, statistics } = deps;

  async function applyOne(incoming: IncomingUpdate) {
    const { results } = await subTasks.batchUpdateSubTasks([incoming]);
    return results[0]!;
  }

  /** An update by `operator`, with the attempt and the lease that the subtask has now. */
  async function toOperatorUpdate(
    subTaskId: string,
    status: SubTaskUpdate['status'],
    operator: string,
  ): Promise<IncomingUpdate> {
    const { task_id, subtask_id, attempt, lease_id } = await subTasks.getSubTask(subTaskId);
    const lease = lease_id === undefined ? {} : { lease_id };
    return { sender: { operator }, update: { task_id, subtask_id, attempt: Math.max(1, attempt), status, ...lease } };
  }

  /** A page may hold fewer subtasks than its limit. */
  async function findStretch(taskId: string, first: number, count: number): Promise<SubTask[]> {
    const { items, next_cursor } = await subTasks.findPage(taskId, { limit: count, cursor: String(first) });
    if (items.length === count || next_cursor === undefined) return items;
    return [...items, ...(await findStretch(taskId, Number(next_cursor), count - items.length))];
  }

  return {
    createTask: tasks.createTask,
    updateTaskStatus: tasks.updateTaskStatus,
    getTaskStatus: tasks.getTaskStatus,
    calculateTaskProgress: tasks.calculateTaskProgress,
    batchUpdateSubTasks: subTasks.batchUpdateSubTasks,
    getTaskStatistics: statistics.getTaskStatistics,
    /** Adds targets to the task's set, without those that it has already. Resolves with the number added. */
    createSubTasks: commands.createSubTasks,
    /** The task's progress from the counters: exact at any moment. */
    async getTaskProgress(taskId: string): Promise<Progress> {
      return (await tasks.getStanding(taskId)).snapshot.progress;
    },
    /**
     * Claims a subtask's current attempt for a node. A node that holds it gets its claim again. Rejects with AppError
     * `not_assignable` if another node holds it, or if it is closed.
     */
    async assignSubTask(subTaskId: string, nodeId: string): Promise<{ attempt: number; lease_id: string }> {
      const { task_id, subtask_id, attempt } = await subTasks.getSubTask(subTaskId);
      const claim = { attempt: Math.max(1, attempt), lease_id: randomUUID() };
      const result = await applyOne({
        sender: { node_id: nodeId },
        update: { task_id, subtask_id, ...claim, status: 'ASSIGNED' },
        handedOutTime: new Date(),
      });
      if (result.outcome === 'applied') return claim;
      // The answer to an equal call may have been lost.
      const held = await subTasks.getSubTask(subTaskId);
      const { lease_id } = held;
      if (held.assigned_node === nodeId && lease_id !== undefined && !isClosedSubTask(held.status)) {
        return { attempt: held.attempt, lease_id };
      }
      throw new AppError('not_assignable', { ...result, detail: `${subTaskId} is held or closed` });
    },
    /** Moves a subtask under the lease that it has now. */
    async updateSubTaskStatus(
      subTaskId: string,
      status: SubTaskUpdate['status'],
      operator = 'task-state-manager',
    ): Promise<UpdateResult> {
      return applyOne(await toOperatorUpdate(subTaskId, status, operator));
    },
    /** An operator's retry of a failed or timed-out subtask. */
    async retrySubTask(subTaskId: string, operator = 'task-state-manager'): Promise<UpdateResult> {
      return applyOne(await toOperatorUpdate(subTaskId, 'RETRYING', operator));
    },
    /** Hands out subtasks of a running task that were not sent out yet, at most `limit` and 500. */
    async getPendingSubTasks(nodeId: string, limit: number): Promise<SubTask[]> {
      const node = await db.nodes.findOne({ node_id: nodeId });
      for (const task of await tasks.findUnsent(node ?? { pools: ['default'] }, MAX_LOOKS)) {
        const wanted = Math.min(limit, MAX_SUBTASKS_PER_JOB, task.total_targets - task.cursor);
        const { first_index, count } = await chunks.openChunk({
          task_id: task.task_id,
          first_index: task.cursor,
          count: wanted,
          now: new Date(),
        });
        if (!(await chunks.advanceCursor(task.task_id, first_index, first_index + count))) continue;
        return findStretch(task.task_id, first_index, count);
      }
      return [];
    },
    /**
     * Deletes settled tasks that ended more than `expireDays` ago, with everything that belongs to them, without an
     * archive. Resolves with their number. Rejects with AppError `invalid` `bad_option` if `expireDays`
     * is not a number of 0 or more.
     */
    cleanupExpiredTasks: (expireDays: number): Promise<number> =>
      cleanUpExpiredTasks(deps.cleanUp, expireDays, new Date()),
  };
}
