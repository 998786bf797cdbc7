import { randomUUID } from 'node:crypto';
import { MAX_SUBTASKS_PER_JOB, type SubTask, type SubTaskUpdate, toProgress } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { isEndedTask } from '@cyberstroll/state-machine';
import { type GetFleetPace, type IncomingUpdate, toTaskStatistics } from '@cyberstroll/task-state';
import { readTaskAndCounters, taskNotFound } from './counters/read-counters';
import { countWaitingDeadLetters } from './dead-letters/dead-letter-store';
import type { ChunkLedger } from './dispatch/chunk-ledger';
import { addSlots, findNodeSlots } from './fleet/node-slots';
import type { Database } from './mongodb/database';
import type { BatchOutcome, SubTaskQueries, TaskQueries, TaskStateManager } from './store';
import { type CleanUp, cleanUpExpiredTasks } from './tasks/clean-up';
import { rollUpTask } from './tasks/roll-up';
import type { createTaskCommands } from './tasks/task-commands';
import type { WriteTask } from './tasks/write-task';

/** Tasks that are tried for pending subtasks: of one another may have sent them in between. */
const MAX_LOOKS = 100;

export interface TaskStateManagerDeps {
  db: Database;
  commands: ReturnType<typeof createTaskCommands>;
  writeTask: WriteTask;
  getFleetPace: GetFleetPace;
  tasks: TaskQueries;
  subTasks: SubTaskQueries;
  chunks: ChunkLedger;
  applyBatch: (updates: readonly IncomingUpdate[], now: Date) => Promise<BatchOutcome>;
  cleanUp: CleanUp;
}

/** Contract 4.1, put together from the store's parts. */
export function createTaskStateManager(deps: TaskStateManagerDeps): TaskStateManager {
  const { db, commands, tasks, subTasks, chunks, applyBatch } = deps;

  async function readAtOneMoment(taskId: string) {
    const read = await readTaskAndCounters(db, taskId);
    if (!read) throw taskNotFound(taskId);
    return read;
  }

  async function applyOne(incoming: IncomingUpdate) {
    const { results } = await applyBatch([incoming], new Date());
    return results[0]!;
  }

  /** An update by `operator` of the attempt and under the lease that the subtask has now. */
  async function toOperatorUpdate(
    subTaskId: string,
    status: SubTaskUpdate['status'],
    operator: string,
  ): Promise<IncomingUpdate> {
    const { task_id, subtask_id, attempt, lease_id } = await subTasks.getSubTask(subTaskId);
    const lease = lease_id === undefined ? {} : { lease_id };
    return { sender: { operator }, update: { task_id, subtask_id, attempt: Math.max(1, attempt), status, ...lease } };
  }

  /** A page may end early. */
  async function findStretch(taskId: string, first: number, count: number): Promise<SubTask[]> {
    const { items, next_cursor } = await subTasks.findPage(taskId, { limit: count, cursor: String(first) });
    if (items.length === count || next_cursor === undefined) return items;
    return [...items, ...(await findStretch(taskId, Number(next_cursor), count - items.length))];
  }

  return {
    createTask: commands.createTask,
    updateTaskStatus: commands.updateTaskStatus,
    createSubTasks: commands.createSubTasks,
    async getTaskStatus(taskId) {
      const { task_id, status, status_history } = await commands.readTask(taskId);
      return { task_id, status, status_history };
    },
    async getTaskProgress(taskId) {
      const { task, counters } = await readAtOneMoment(taskId);
      return toProgress(
        task.progress.total_targets,
        counters.touched,
        isEndedTask(task.status),
        counters.stats.retries,
      );
    },
    async getTaskStatistics(taskId) {
      const { task, counters } = await readAtOneMoment(taskId);
      const now = new Date();
      const [nodes, deadLetters] = await Promise.all([findNodeSlots(db, now), countWaitingDeadLetters(db, taskId)]);
      const { capacity } = addSlots(nodes, task.config.pool);
      return toTaskStatistics(task, counters, { capacity, deadLetters }, now);
    },
    calculateTaskProgress: (taskId, operator) => rollUpTask(deps, taskId, operator),
    batchUpdateSubTasks: (updates, now = new Date()) => applyBatch(updates, now),
    async assignSubTask(subTaskId, nodeId) {
      const { task_id, subtask_id, attempt } = await subTasks.getSubTask(subTaskId);
      const claim = { attempt: Math.max(1, attempt), lease_id: randomUUID() };
      const result = await applyOne({
        sender: { node_id: nodeId },
        update: { task_id, subtask_id, ...claim, status: 'ASSIGNED' },
        handedOutTime: new Date(),
      });
      if (result.outcome === 'applied') return claim;
      throw new AppError('not_assignable', { ...result, detail: `${subTaskId} is held or closed` });
    },
    async updateSubTaskStatus(subTaskId, status, operator = 'task-state-manager') {
      return applyOne(await toOperatorUpdate(subTaskId, status, operator));
    },
    async retrySubTask(subTaskId, operator = 'task-state-manager') {
      return applyOne(await toOperatorUpdate(subTaskId, 'RETRYING', operator));
    },
    async getPendingSubTasks(nodeId, limit) {
      const node = await db.nodes.findOne({ node_id: nodeId });
      const pools = node?.pools ?? ['default'];
      for (const task of await tasks.findUnsent(pools, MAX_LOOKS)) {
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
    cleanupExpiredTasks: (expireDays) => cleanUpExpiredTasks(deps.cleanUp, expireDays, new Date()),
  };
}
