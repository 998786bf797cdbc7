import type { RetrySelection, SubTask } from '@cyberstroll/contracts';
import type { TargetIndex } from '@cyberstroll/targets';
import type { Database } from '../mongodb/models/database';
import { WITHOUT_ID } from '../mongodb/models/fields';
import { indexRange, toSubTaskObjectId } from '../mongodb/models/subtask-object-id';
import { mergeByIndex, selectIndexes, toBatches, toStretches } from './by-index';

const MAX_INDEX = 0xffff_ffff;
const FAILED = ['FAILED', 'TIMEOUT'] as const;

export interface FailedQuery {
  /** Only those after this index. */
  after?: number | undefined;
  /** Only those that closed by then. */
  closedBy?: Date | undefined;
  /** Only those that closed later. */
  closedAfter?: Date | undefined;
  /** Only those that match. */
  selection?: RetrySelection | undefined;
}

/**
 * The subtasks of a task that a retry is about, in index order. Those of a selection are found by the `_id`s of their
 * addresses, or by the index of their status or of their error code; so the cost depends on what is selected.
 */
export function createFailedSubTasks({
  db,
  getTargetIndex,
}: {
  db: Database;
  getTargetIndex: (taskId: string) => Promise<TargetIndex>;
}) {
  const toIds = (taskId: string, indexes: readonly number[]) => ({
    _id: { $in: indexes.map((index) => toSubTaskObjectId(taskId, index)) },
  });

  async function findIndexes(taskId: string, target: string, after = -1): Promise<number[]> {
    return selectIndexes(await getTargetIndex(taskId), target).filter((index) => index > after);
  }

  async function findAll(taskId: string, limit: number, { after = -1, ...closed }: FailedQuery): Promise<SubTask[]> {
    const range = { _id: indexRange(taskId, after + 1, MAX_INDEX), task_id: taskId };
    return find(db, { ...range, status: { $in: FAILED }, ...toClosed(closed) }, { _id: 1 }, limit).toArray();
  }

  async function* findOf(taskId: string, { selection = {}, after = -1, ...closed }: FailedQuery, limit: number) {
    const { target, status = FAILED } = selection;
    const filter = { task_id: taskId, ...toErrorCode(selection), ...toClosed(closed) };
    if (target !== undefined) {
      for (const indexes of toBatches(await findIndexes(taskId, target, after))) {
        yield* find(db, { ...filter, ...toIds(taskId, indexes), status: { $in: status } }, { _id: 1 }, limit);
      }
      return;
    }
    const range = { first: after + 1, end: MAX_INDEX + 1 };
    yield* mergeByIndex(status.map((each) => findInStretches(db, { ...filter, status: each }, range, limit)));
  }

  return {
    /** FAILED and TIMEOUT subtasks of a task, by index. */
    async findFailed(taskId: string, limit: number, query: FailedQuery = {}): Promise<SubTask[]> {
      if (!query.selection) return findAll(taskId, limit, query);
      const found: SubTask[] = [];
      for await (const subTask of findOf(taskId, query, limit)) {
        found.push(subTask);
        if (found.length === limit) break;
      }
      return found;
    },
    /** How many of them a selection names, and closed later. */
    async countFailed(taskId: string, selection: RetrySelection, closedAfter?: Date): Promise<number> {
      const { target, status = FAILED } = selection;
      const filter = { task_id: taskId, ...toErrorCode(selection), ...toClosed({ closedAfter }) };
      const filters =
        target === undefined
          ? status.map((each) => ({ ...filter, status: each }))
          : toBatches(await findIndexes(taskId, target)).map((indexes) => ({
              ...filter,
              ...toIds(taskId, indexes),
              status: { $in: status },
            }));
      let count = 0;
      for (const each of filters) count += await db.subTasks.countDocuments(each, { maxTimeMS: COUNT_WITHIN_MS });
      return count;
    },
  };
}

/** A count that takes longer is given up: its client has its answer, 503. */
const COUNT_WITHIN_MS = 10_000;

const find = (db: Database, filter: object, sort: Record<string, 1>, limit: number) =>
  db.subTasks.find<SubTask>(filter, WITHOUT_ID).sort(sort).limit(limit);

/** In stretches that grow, because not every server stops at the limit within a range. */
export async function* findInStretches(
  db: Database,
  filter: object,
  range: { first: number; end: number },
  limit: number,
): AsyncGenerator<SubTask> {
  for (const { first, end } of toStretches(range, limit)) {
    yield* find(db, { ...filter, index: { $gte: first, $lt: end } }, { index: 1 }, limit);
  }
}

export const toErrorCode = ({ error_code }: { error_code?: string | undefined }) =>
  error_code === undefined ? {} : { 'error_info.error_code': error_code };

function toClosed({ closedBy, closedAfter }: Pick<FailedQuery, 'closedBy' | 'closedAfter'>) {
  if (!closedBy && !closedAfter) return {};
  return { updated_time: { ...(closedBy && { $lte: closedBy }), ...(closedAfter && { $gt: closedAfter }) } };
}
