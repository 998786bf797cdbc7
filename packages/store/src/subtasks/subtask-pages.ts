import type { Page, SubTask, Task } from '@cyberstroll/contracts';
import { isEndedTask, type SubTaskStatus } from '@cyberstroll/state-machine';
import type { TargetIndex } from '@cyberstroll/targets';
import { toUntouchedSubTask } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/database';
import { WITHOUT_ID } from '../mongodb/fields';
import { PAGE_BATCH, toPage } from '../mongodb/take-page';
import type { createTaskCommands } from '../tasks/task-commands';
import { findFirstUntouched } from './find-first-untouched';
import { indexRange, toSubTaskIndex } from './subtask-object-id';

/** Which subtasks of a task a page holds: those that match every given filter. */
export interface SubTaskPageQuery {
  status?: SubTaskStatus | undefined;
  /** Only subtasks with an open port. */
  has_open_ports?: true | undefined;
  /** Only the subtask of this address. */
  ip?: string | undefined;
  limit: number;
  /** `next_cursor` of the previous page. */
  cursor?: string | undefined;
}

export interface SubTaskReaderDeps {
  db: Database;
  commands: ReturnType<typeof createTaskCommands>;
  getTargetIndex: (taskId: string, count?: number) => Promise<TargetIndex>;
}

/**
 * Indexes that one page may look through for untouched subtasks. A page that ends here is short and has a next one.
 */
const MAX_LOOK = 50_000;
/** The length of the first stretch of indexes that is read. Each next one is longer by the factor. */
const MIN_STRETCH = 1_000;
const STRETCH_GROWTH = 8;

/** A part of a task's indexes: from `first` up to, not including, `end`. */
interface Stretch {
  first: number;
  end: number;
}

/**
 * Pages of a task's subtasks in index order, touched or not. `cursor` is the index at which a page begins. A filter
 * reads a database index that holds only the matches, in this order. It reads in stretches that grow, because not
 * every server stops at the limit within a range. So the cost of a page depends on what it shows, not on the size of
 * the task.
 */
export function createSubTaskPages({ db, commands, getTargetIndex }: SubTaskReaderDeps) {
  const find = (filter: object) => db.subTasks.find<SubTask>(filter, { ...WITHOUT_ID, batchSize: PAGE_BATCH });

  async function* findMatching(filter: object, range: Stretch, limit: number): AsyncGenerator<SubTask> {
    for (const { first, end } of toStretches(range, limit)) {
      const matching = find({ ...filter, index: { $gte: first, $lt: end } });
      yield* matching.sort({ index: 1 }).limit(limit + 1);
    }
  }

  async function findTouched(taskId: string, { first, end }: Stretch): Promise<Set<number>> {
    const filter = { _id: indexRange(taskId, first, end - 1) };
    const touched = await db.subTasks.find(filter, { projection: { _id: 1 } }).toArray();
    return new Set(touched.map(({ _id }) => toSubTaskIndex(_id)));
  }

  async function toUntouched(task: Task): Promise<(index: number) => SubTask> {
    const targetIndex = await getTargetIndex(task.task_id, task.progress.total_targets);
    return (index) => toUntouchedSubTask(task, index, targetIndex.member(index));
  }

  async function findEvery(task: Task, { first, end: total }: Stretch, limit: number): Promise<Page<SubTask>> {
    const stretch = { first, end: Math.min(total, first + limit + 1) };
    const touched = find({ _id: indexRange(task.task_id, first, stretch.end - 1) }).sort({ _id: 1 });
    return toPage(fillIn(touched, stretch, await toUntouched(task)), limit, toCursor);
  }

  /** Pages of the status that untouched subtasks have: documents with this status, and subtasks without a document. */
  async function findWithUntouched(task: Task, { first, end: total }: Stretch, limit: number): Promise<Page<SubTask>> {
    const { task_id } = task;
    const filter = { task_id, status: untouchedStatus(task) };
    const make = await toUntouched(task);
    const start = await findFirstUntouched(db, task, first);
    const end = Math.min(total, start + Math.max(limit, MAX_LOOK));

    async function* walk(): AsyncGenerator<SubTask> {
      yield* findMatching(filter, { first, end: start }, limit);
      for (const stretch of toStretches({ first: start, end }, limit)) {
        const touched = await findTouched(task_id, stretch);
        const matching = touched.size > 0 ? findMatching(filter, stretch, limit) : [];
        yield* fillIn(matching, stretch, (index) => (touched.has(index) ? undefined : make(index)));
      }
    }
    return toPage(walk(), limit, toCursor, end < total ? String(end) : undefined);
  }

  async function findAddress(task: Task, ip: string, { first, end: total }: Stretch): Promise<SubTask[]> {
    const targetIndex = await getTargetIndex(task.task_id, total);
    const index = targetIndex.indexOf(ip);
    if (index < first || index >= total) return [];
    const [touched] = await find({ _id: indexRange(task.task_id, index, index) }).toArray();
    return [touched ?? toUntouchedSubTask(task, index, targetIndex.member(index))];
  }

  async function findOf(task: Task, query: SubTaskPageQuery): Promise<Page<SubTask>> {
    const { status, has_open_ports, ip, limit, cursor } = query;
    const { task_id, progress } = task;
    const range = { first: Number(cursor ?? 0), end: progress.total_targets };
    if (range.first >= range.end) return { items: [] };
    if (ip !== undefined) return { items: (await findAddress(task, ip, range)).filter(fits(query)) };
    if (has_open_ports) {
      // No other status has a scan result.
      if (status !== undefined && status !== 'COMPLETED') return { items: [] };
      return toPage(findMatching({ task_id, has_open_ports }, range, limit), limit, toCursor);
    }
    if (status === undefined) return findEvery(task, range, limit);
    if (status === untouchedStatus(task)) return findWithUntouched(task, range, limit);
    return toPage(findMatching({ task_id, status }, range, limit), limit, toCursor);
  }

  return async function findPage(taskId: string, query: SubTaskPageQuery): Promise<Page<SubTask> & { task: Task }> {
    const task = await commands.readTask(taskId);
    return { ...(await findOf(task, query)), task };
  };
}

const toCursor = (_last: SubTask, next: SubTask) => String(next.index);

const untouchedStatus = ({ status }: Task) => (isEndedTask(status) ? 'CANCELLED' : 'PENDING');

const fits =
  ({ status, has_open_ports }: SubTaskPageQuery) =>
  (subTask: SubTask): boolean =>
    (status === undefined || subTask.status === status) && (!has_open_ports || subTask.has_open_ports === true);

function* toStretches({ first, end }: Stretch, limit: number): Generator<Stretch> {
  let size = Math.max(limit + 1, MIN_STRETCH);
  for (let at = first; at < end; size *= STRETCH_GROWTH) {
    yield { first: at, end: Math.min(end, at + size) };
    at += size;
  }
}

/** Every subtask of a stretch: `found`, in index order, and what `make` returns for the indexes between them. */
async function* fillIn(
  found: AsyncIterable<SubTask> | Iterable<SubTask>,
  { first, end }: Stretch,
  make: (index: number) => SubTask | undefined,
): AsyncGenerator<SubTask> {
  let at = first;
  function* makeUpTo(next: number): Generator<SubTask> {
    for (; at < next; at++) {
      const made = make(at);
      if (made) yield made;
    }
  }
  for await (const subTask of found) {
    yield* makeUpTo(subTask.index);
    yield subTask;
    at = subTask.index + 1;
  }
  yield* makeUpTo(end);
}
