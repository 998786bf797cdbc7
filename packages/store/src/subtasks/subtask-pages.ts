import type { Page, SubTask, Task } from '@cyberstroll/contracts';
import { isEndedTask, SUBTASK_STATUSES, type SubTaskStatus } from '@cyberstroll/state-machine';
import { type TargetIndex, toAddressKey } from '@cyberstroll/targets';
import { toUntouchedSubTask } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/models/database';
import { WITHOUT_ID } from '../mongodb/models/fields';
import { indexRange, toSubTaskIndex, toSubTaskObjectId } from '../mongodb/models/subtask-object-id';
import { anyOf, EVER, indexFirst } from '../mongodb/queries/index-first';
import { PAGE_BATCH, toPage } from '../mongodb/queries/take-page';
import { mergeByIndex, type Stretch, selectIndexes, toBatches, toStretches } from './by-index';
import { findInStretches, toErrorCode } from './failed-subtasks';
import { findFirstUntouched } from './find-first-untouched';

/** Which subtasks of a task a page holds: those that match every given filter. */
export interface SubTaskPageQuery {
  /** One of these. */
  status?: readonly SubTaskStatus[] | undefined;
  /** Only subtasks whose last error has this code. */
  error_code?: string | undefined;
  /** Only subtasks with an open port. */
  has_open_ports?: true | undefined;
  /** Only the subtask of this address. */
  ip?: string | undefined;
  /** Only these addresses: `MAX_SELECTED_TARGETS` targets of the task at most. */
  target?: string | undefined;
  /** Only subtasks that this node holds now. */
  node_id?: string | undefined;
  /** Only subtasks whose attempt before the present one this node had. */
  last_node?: string | undefined;
  /** In the order of addresses, not of indexes: a cursor is then a place in this order. */
  by_address?: boolean | undefined;
  limit: number;
  /** `next_cursor` of the previous page. */
  cursor?: string | undefined;
}

export interface SubTaskReaderDeps {
  db: Database;
  readTask: (taskId: string) => Promise<Task>;
  getTargetIndex: (taskId: string, count?: number) => Promise<TargetIndex>;
}

/**
 * Indexes that one page may look through for untouched subtasks. A page that ends here is short and has a next one.
 */
const MAX_LOOK = 50_000;
/** Places that one page in the order of addresses may look through for subtasks that match: these are read whole. */
const MAX_PLACES = 10_000;
/** Subtasks that a node holds at most. */
const MAX_HELD = 20_000;

/**
 * Pages of a task's subtasks in index order, touched or not. `cursor` is the index at which a page begins. Statuses, an
 * error code and open ports each have a database index that holds only the matches, in this order. It is read in
 * stretches that grow, because not every server stops at the limit within a range. Addresses are read by their `_id`s.
 * What a node holds is read whole. So the cost of a page depends on what it shows, not on the size of the task.
 *
 * In the order of addresses `cursor` is a place in it: which index stands there follows from the targets.
 */
export function createSubTaskPages({ db, readTask, getTargetIndex }: SubTaskReaderDeps) {
  const find = (filter: object) => db.subTasks.find<SubTask>(filter, { ...WITHOUT_ID, batchSize: PAGE_BATCH });

  const findMatching = (filter: object, range: Stretch, limit: number) => findInStretches(db, filter, range, limit + 1);

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

  /**
   * Pages of the status that untouched subtasks have, and perhaps of others: documents with these statuses, and
   * subtasks without a document.
   */
  async function findWithUntouched(
    task: Task,
    statuses: readonly SubTaskStatus[],
    { first, end: total }: Stretch,
    limit: number,
  ): Promise<Page<SubTask>> {
    const { task_id } = task;
    const make = await toUntouched(task);
    const start = await findFirstUntouched(db, task, first);
    const end = Math.min(total, start + Math.max(limit, MAX_LOOK));

    async function* makeUntouched(): AsyncGenerator<SubTask> {
      for (const stretch of toStretches({ first: start, end }, limit)) {
        const touched = await findTouched(task_id, stretch);
        yield* fillIn([], stretch, (index) => (touched.has(index) ? undefined : make(index)));
      }
    }
    const touched = statuses.map((status) => findMatching({ task_id, status }, { first, end }, limit));
    return toPage(mergeByIndex([...touched, makeUntouched()]), limit, toCursor, end < total ? String(end) : undefined);
  }

  async function* findTargets(task: Task, target: string, range: Stretch): AsyncGenerator<SubTask> {
    const targetIndex = await getTargetIndex(task.task_id, range.end);
    const wanted = selectIndexes(targetIndex, target).filter((index) => index >= range.first && index < range.end);
    yield* readEach(task, targetIndex, wanted);
  }

  async function* findHeld(task_id: string, node_id: string, { first }: Stretch): AsyncGenerator<SubTask> {
    const ofNode = { assigned_node: node_id, deadline: { $gt: EVER } };
    const filter = indexFirst(ofNode, { task_id, index: { $gte: first } });
    const held = await find(filter).sort({ deadline: 1 }).limit(MAX_HELD).toArray();
    yield* held.sort((a, b) => a.index - b.index);
  }

  async function findAddress(task: Task, ip: string, { first, end: total }: Stretch): Promise<SubTask[]> {
    const targetIndex = await getTargetIndex(task.task_id, total);
    const index = targetIndex.indexOf(ip);
    if (index < first || index >= total) return [];
    const [touched] = await find({ _id: indexRange(task.task_id, index, index) }).toArray();
    return [touched ?? toUntouchedSubTask(task, index, targetIndex.member(index))];
  }

  /** Those of some indexes, in their order. */
  async function* readEach(task: Task, targetIndex: TargetIndex, wanted: Iterable<number>): AsyncGenerator<SubTask> {
    for (const indexes of toBatches([...wanted])) {
      const _id = { $in: indexes.map((index) => toSubTaskObjectId(task.task_id, index)) };
      const touched = new Map((await find({ _id }).toArray()).map((subTask) => [subTask.index, subTask]));
      for (const index of indexes) {
        yield touched.get(index) ?? toUntouchedSubTask(task, index, targetIndex.member(index));
      }
    }
  }

  /** Those of a page are read by their ids, and hosts with an open port from the index of their addresses. */
  async function findByAddress(task: Task, query: SubTaskPageQuery, places: Stretch): Promise<Page<SubTask>> {
    const { task_id } = task;
    const { target, node_id, last_node, has_open_ports, limit } = query;
    const targetIndex = await getTargetIndex(task_id, places.end);
    const toPlace = (_last: SubTask, { ip }: SubTask) => String(targetIndex.toPlace(ip));
    const page = (found: AsyncIterable<SubTask>, end?: string) =>
      toPage(select(found, fits(query)), limit, toPlace, end);
    if (target !== undefined) {
      const wanted = selectIndexes(targetIndex, target)
        .map((index) => ({ index, place: targetIndex.toPlace(targetIndex.member(index)) }))
        .filter(({ place }) => place >= places.first)
        .sort((a, b) => a.place - b.place);
      return page(
        readEach(
          task,
          targetIndex,
          wanted.map(({ index }) => index),
        ),
      );
    }
    if (node_id !== undefined) {
      const held: { place: number; subTask: SubTask }[] = [];
      for await (const subTask of findHeld(task_id, node_id, { first: 0, end: places.end })) {
        held.push({ place: targetIndex.toPlace(subTask.ip), subTask });
      }
      const rest = held.filter(({ place }) => place >= places.first).sort((a, b) => a.place - b.place);
      return page(toAsync(rest.map(({ subTask }) => subTask)));
    }
    if (has_open_ports && last_node === undefined) {
      const first = toAddressKey(targetIndex.member(targetIndex.atPlace(places.first)));
      const filter = { task_id, has_open_ports, address_key: { $gte: first } };
      return page(
        find(filter)
          .sort({ address_key: 1 })
          .limit(limit + 1),
      );
    }
    const isPlain = query.status === undefined && query.error_code === undefined && last_node === undefined;
    const end = Math.min(places.end, places.first + (isPlain ? limit + 1 : MAX_PLACES));
    const indexes = Array.from({ length: end - places.first }, (_, at) => targetIndex.atPlace(places.first + at));
    return page(readEach(task, targetIndex, indexes), end < places.end ? String(end) : undefined);
  }

  async function findOf(task: Task, query: SubTaskPageQuery): Promise<Page<SubTask>> {
    const { status, error_code, has_open_ports, ip, target, node_id, last_node, limit, cursor } = query;
    const { task_id, progress } = task;
    const range = { first: Number(cursor ?? 0), end: progress.total_targets };
    if (range.first >= range.end) return { items: [] };
    if (ip !== undefined) return { items: (await findAddress(task, ip, range)).filter(fits(query)) };
    if (query.by_address) return findByAddress(task, query, range);
    const toFittingPage = (found: AsyncIterable<SubTask>) => toPage(select(found, fits(query)), limit, toCursor);
    if (target !== undefined) return toFittingPage(findTargets(task, target, range));
    if (node_id !== undefined) return toFittingPage(findHeld(task_id, node_id, range));
    if (last_node !== undefined) {
      const others = {
        ...(status && { status: anyOf(status) }),
        ...toErrorCode({ error_code }),
        ...(has_open_ports && { has_open_ports }),
      };
      const filter = { task_id, last_node, ...others };
      return toPage(findMatching(filter, range, limit), limit, toCursor);
    }
    if (has_open_ports) {
      // No other status has a scan result, and this one has no error.
      const isEmpty = error_code !== undefined || (status !== undefined && !status.includes('COMPLETED'));
      if (isEmpty) return { items: [] };
      return toPage(findMatching({ task_id, has_open_ports }, range, limit), limit, toCursor);
    }
    if (status === undefined && error_code === undefined) return findEvery(task, range, limit);
    const wanted = [...new Set(status ?? STATUSES_WITH_ERROR)];
    if (error_code === undefined && wanted.includes(untouchedStatus(task))) {
      return findWithUntouched(task, wanted, range, limit);
    }
    const each = wanted.map((one) => ({ task_id, status: one, ...toErrorCode({ error_code }) }));
    return toPage(mergeByIndex(each.map((filter) => findMatching(filter, range, limit))), limit, toCursor);
  }

  return async function findPage(taskId: string, query: SubTaskPageQuery): Promise<Page<SubTask> & { task: Task }> {
    const task = await readTask(taskId);
    return { ...(await findOf(task, query)), task };
  };
}

const toCursor = (_last: SubTask, next: SubTask) => String(next.index);

const untouchedStatus = ({ status }: Task) => (isEndedTask(status) ? 'CANCELLED' : 'PENDING');

/** Those whose last attempt failed, or an attempt before it. */
const STATUSES_WITH_ERROR = SUBTASK_STATUSES.filter((status) => status !== 'PENDING' && status !== 'COMPLETED');

const fits =
  ({ status, error_code, has_open_ports, node_id, last_node }: SubTaskPageQuery) =>
  (subTask: SubTask): boolean =>
    (status === undefined || status.includes(subTask.status)) &&
    (error_code === undefined || subTask.error_info?.error_code === error_code) &&
    (node_id === undefined || (subTask.assigned_node === node_id && subTask.deadline !== undefined)) &&
    (last_node === undefined || subTask.last_node === last_node) &&
    (!has_open_ports || subTask.has_open_ports === true);

async function* toAsync(items: readonly SubTask[]) {
  yield* items;
}

async function* select(found: AsyncIterable<SubTask>, isWanted: (subTask: SubTask) => boolean) {
  for await (const subTask of found) if (isWanted(subTask)) yield subTask;
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
