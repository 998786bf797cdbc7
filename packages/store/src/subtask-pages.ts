import { type Page, type SubTask, type Task, toSubTaskId } from '@cyberstroll/contracts';
import { isEndedTask, type SubTaskStatus } from '@cyberstroll/state-machine';
import type { TargetIndex } from '@cyberstroll/targets';
import { findFirstUntouched } from './find-first-untouched';
import type { Models } from './models/create-models';
import type { SubTaskPageQuery } from './store';
import { indexRange } from './subtask-object-id';
import type { createTaskCommands } from './task-commands';

export interface SubTaskReaderDeps {
  models: Models;
  commands: ReturnType<typeof createTaskCommands>;
  getTargetIndex: (taskId: string, count?: number) => Promise<TargetIndex>;
}

/** Indexes that one page may look through for untouched subtasks. A page that ends here is short and has a next one. */
const MAX_LOOK = 50_000;
/** The length of the first stretch of indexes that is read. Each next one is longer by the factor. */
const MIN_STRETCH = 1_000;
const STRETCH_GROWTH = 8;

/** A part of a task's indexes: from `first` up to, not including, `end`. */
interface Stretch {
  first: number;
  end: number;
}
/** What a page has found: up to one item more than its limit, and the index at which the next page begins otherwise. */
interface Found {
  items: SubTask[];
  next?: number;
}

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

/**
 * Pages of a task's subtasks in index order, touched or not; `cursor` is the index at which a page begins. A filter reads an
 * index of the database that holds the matches alone, in this order. It is read in stretches that grow, because not every
 * server stops at the limit within a range. So a page costs what it shows, not what the task holds.
 */
export function createSubTaskPages({ models, commands, getTargetIndex }: SubTaskReaderDeps) {
  const subTasks = models.subTasks.collection;

  async function find(filter: object, limit: number): Promise<SubTask[]> {
    const found = subTasks.find(filter, { projection: { _id: 0 } }).sort({ index: 1 });
    return (await found.limit(limit).toArray()) as unknown as SubTask[];
  }

  async function findMatching(filter: object, range: Stretch, limit: number): Promise<SubTask[]> {
    const items: SubTask[] = [];
    for (const { first, end } of toStretches(range, limit)) {
      items.push(...(await find({ ...filter, index: { $gte: first, $lt: end } }, limit - items.length)));
      if (items.length >= limit) break;
    }
    return items;
  }

  async function findTouchedIndexes(taskId: string, { first, end }: Stretch): Promise<Set<number>> {
    const filter = { _id: indexRange(taskId, first, end - 1) };
    const touched = await subTasks.find(filter, { projection: { _id: 0, index: 1 } }).toArray();
    return new Set(touched.map((subTask) => subTask['index'] as number));
  }

  async function findEvery(task: Task, { first, end: total }: Stretch, limit: number): Promise<Found> {
    const end = Math.min(total, first + limit);
    if (first >= end) return { items: [] };
    const touched = await subTasks
      .find({ _id: indexRange(task.task_id, first, end - 1) }, { projection: { _id: 0 } })
      .toArray();
    const byIndex = new Map((touched as unknown as SubTask[]).map((subTask) => [subTask.index, subTask]));
    const targetIndex = await getTargetIndex(task.task_id, total);
    const items = Array.from({ length: end - first }, (_, i) => first + i).map(
      (index) => byIndex.get(index) ?? untouchedSubTask(task, index, targetIndex),
    );
    return { items, ...(end < total && { next: end }) };
  }

  /** Of the status that untouched subtasks have: documents of it, and what has no document. */
  async function findWithUntouched(
    task: Task,
    status: SubTaskStatus,
    { first, end: total }: Stretch,
    limit: number,
  ): Promise<Found> {
    const { task_id } = task;
    const start = await findFirstUntouched(models, task, first);
    const items = await findMatching({ task_id, status }, { first, end: start }, limit + 1);
    const targetIndex = await getTargetIndex(task_id, total);
    const end = Math.min(total, start + Math.max(limit, MAX_LOOK));
    for (const stretch of toStretches({ first: start, end }, limit)) {
      if (items.length > limit) break;
      const touched = await findTouchedIndexes(task_id, stretch);
      const matching = touched.size > 0 ? await findMatching({ task_id, status }, stretch, limit + 1) : [];
      const byIndex = new Map(matching.map((subTask) => [subTask.index, subTask]));
      for (let index = stretch.first; index < stretch.end && items.length <= limit; index++) {
        const subTask = byIndex.get(index);
        if (subTask) items.push(subTask);
        else if (!touched.has(index)) items.push(untouchedSubTask(task, index, targetIndex));
      }
    }
    return { items, ...(end < total && { next: end }) };
  }

  async function findAddress(task: Task, ip: string, { first, end: total }: Stretch): Promise<SubTask[]> {
    const targetIndex = await getTargetIndex(task.task_id, total);
    const index = targetIndex.indexOf(ip);
    if (index < first || index >= total) return [];
    const [touched] = await find({ _id: indexRange(task.task_id, index, index) }, 1);
    return [touched ?? untouchedSubTask(task, index, targetIndex)];
  }

  async function findOf(task: Task, { status, has_open_ports, ip, limit, cursor }: SubTaskPageQuery): Promise<Found> {
    const { task_id, progress } = task;
    const range = { first: Number(cursor ?? 0), end: progress.total_targets };
    if (ip !== undefined) {
      const found = await findAddress(task, ip, range);
      return { items: found.filter((subTask) => matches(subTask, { status, has_open_ports })) };
    }
    if (has_open_ports) {
      // No other status has a scan result.
      if (status !== undefined && status !== 'COMPLETED') return { items: [] };
      return { items: await findMatching({ task_id, has_open_ports }, range, limit + 1) };
    }
    if (status === undefined) return findEvery(task, range, limit);
    const untouched = isEndedTask(task.status) ? 'CANCELLED' : 'PENDING';
    if (status === untouched) return findWithUntouched(task, status, range, limit);
    return { items: await findMatching({ task_id, status }, range, limit + 1) };
  }

  return async function findPage(taskId: string, query: SubTaskPageQuery): Promise<Page<SubTask> & { task: Task }> {
    const task = await commands.readTask(taskId);
    const { items, next } = await findOf(task, query);
    const cursor = items[query.limit]?.index ?? next;
    return { items: items.slice(0, query.limit), ...(cursor !== undefined && { next_cursor: String(cursor) }), task };
  };
}

function* toStretches({ first, end }: Stretch, limit: number): Generator<Stretch> {
  let size = Math.max(limit + 1, MIN_STRETCH);
  for (let at = first; at < end; size *= STRETCH_GROWTH) {
    yield { first: at, end: Math.min(end, at + size) };
    at += size;
  }
}

const matches = (subTask: SubTask, { status, has_open_ports }: Pick<SubTaskPageQuery, 'status' | 'has_open_ports'>) =>
  (status === undefined || subTask.status === status) && (!has_open_ports || subTask.has_open_ports === true);
