import { type Page, type SubTask, type Task, toSubTaskId } from '@cyberstroll/contracts';
import { isEndedTask, type SubTaskStatus } from '@cyberstroll/state-machine';
import type { TargetIndex } from '@cyberstroll/targets';
import type { Models } from './models/create-models';
import { indexRange } from './subtask-object-id';
import type { createTaskCommands } from './task-commands';

export interface SubTaskReaderDeps {
  models: Models;
  commands: ReturnType<typeof createTaskCommands>;
  getTargetIndex: (taskId: string, count?: number) => Promise<TargetIndex>;
}

/** Indexes that one page may look through for untouched subtasks; a page may be short and still have a next one. */
const MAX_LOOK = 50_000;
/** Indexes that are read at once where a page is of one status, and many of them may be of another. */
const MIN_STRETCH = 1_000;

/** A subtask that no node has touched: it has no document, so it is made from its place in the target set. */
export function untouchedSubTask(task: Task, index: number, targetIndex: TargetIndex): SubTask {
  const ended = isEndedTask(task.status);
  return {
    task_id: task.task_id,
    subtask_id: toSubTaskId(task.task_id, index),
    ip: targetIndex.member(index),
    status: ended ? 'CANCELLED' : 'PENDING',
    retry_count: 0,
    max_retries: task.config.max_retries,
    created_time: task.created_time,
    updated_time: (ended ? task.completed_time : undefined) ?? task.created_time,
    index,
    attempt: 0,
    node_losses: 0,
    status_history: [],
  };
}

/** Pages of a task's subtasks in index order, touched or not: `cursor` is the first index of the page. */
export function createSubTaskPages({ models, commands, getTargetIndex }: SubTaskReaderDeps) {
  const subTasks = models.subTasks.collection;
  type Query = { status?: SubTaskStatus | undefined; limit: number; cursor?: string | undefined };

  async function findTouched(
    taskId: string,
    first: number,
    last: number,
    status?: SubTaskStatus,
    limit = 0,
  ): Promise<SubTask[]> {
    const filter = { _id: indexRange(taskId, first, last), ...(status && { task_id: taskId, status }) };
    const found = subTasks
      .find(filter, { projection: { _id: 0 } })
      .sort({ _id: 1 })
      .limit(limit);
    return (await found.toArray()) as unknown as SubTask[];
  }

  return async function findPage(taskId: string, query: Query): Promise<Page<SubTask> & { task: Task }> {
    const task = await commands.readTask(taskId);
    return { ...(await findPageOf(task, query)), task };
  };

  async function findPageOf(task: Task, { status, limit, cursor }: Query): Promise<Page<SubTask>> {
    const taskId = task.task_id;
    const total = task.progress.total_targets;
    const first = Number(cursor ?? 0);
    const includesUntouched = status === undefined || status === (isEndedTask(task.status) ? 'CANCELLED' : 'PENDING');
    if (!includesUntouched) return toPage(await findTouched(taskId, first, total - 1, status, limit + 1), limit);

    const targetIndex = await getTargetIndex(taskId, total);
    const items: SubTask[] = [];
    const end = Math.min(total, first + Math.max(limit, MAX_LOOK));
    let at = first;
    while (at < end && items.length < limit) {
      const stretch = Math.min(end, at + (status === undefined ? limit : Math.max(limit, MIN_STRETCH)));
      const touched = new Map((await findTouched(taskId, at, stretch - 1)).map((subTask) => [subTask.index, subTask]));
      for (; at < stretch && items.length < limit; at++) {
        const subTask = touched.get(at) ?? untouchedSubTask(task, at, targetIndex);
        if (status === undefined || subTask.status === status) items.push(subTask);
      }
    }
    return { items, ...(at < total && { next_cursor: String(at) }) };
  }
}

function toPage(found: SubTask[], limit: number): Page<SubTask> {
  const next = found[limit];
  return { items: found.slice(0, limit), ...(next && { next_cursor: String(next.index) }) };
}
