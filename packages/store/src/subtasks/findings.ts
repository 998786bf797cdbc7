/**
 * Findings of scans. The batch that completes a subtask inserts them in its transaction, so they are fenced as its
 * result is. Their `_id` is made of subtask, attempt and id: none is there twice.
 */
import { createHash } from 'node:crypto';
import type { Finding, ListFindingsQuery, Page, SubTask } from '@cyberstroll/contracts';
import { findKeyRange, type KeyRange, toAddressKey } from '@cyberstroll/targets';
import { type IncomingUpdate, toFindings, type UpdateResult } from '@cyberstroll/task-state';
import { mongo } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import type { FindingDocument } from '../mongodb/models/documents';
import { continueAfter, type Order, readDigits, toCursor, toSort } from '../mongodb/queries/continue-after';
import { anyOf, indexFirst } from '../mongodb/queries/index-first';
import { takePage } from '../mongodb/queries/take-page';

export interface FindingQuery extends Omit<ListFindingsQuery, 'format'> {
  /** Only addresses in one of these ranges: in the order of addresses. */
  within?: readonly KeyRange[] | undefined;
}

export type FindingRepository = ReturnType<typeof createFindings>;

export function createFindings(db: Database) {
  return {
    /** The newest first; with `target` or `within` in the order of addresses. */
    async findPage({ limit, cursor, ...query }: FindingQuery): Promise<Page<Finding>> {
      const order = query.target !== undefined || query.within ? BY_ADDRESS : BY_TIME;
      const [bounds, ...checked] = toFilters(query, order);
      const filter = cursor === undefined ? bounds : continueAfter(cursor, bounds, order);
      const found = db.findings.find<FindingDocument>(indexFirst(filter, ...checked)).sort(toSort(order));
      const page = await takePage(found, limit, (last) => toCursor(order, last, last._id.toHexString()));
      return { ...page, items: page.items.map(({ _id, address_key, ...finding }) => finding) };
    },
    /** Deletes some of a task. Resolves with their number: 0 if none is left. */
    async deleteSome(taskId: string, limit: number): Promise<number> {
      const found = db.findings.find({ task_id: taskId }, { projection: { _id: 1 } }).limit(limit);
      const ids = (await found.toArray()).map(({ _id }) => _id);
      return ids.length === 0 ? 0 : (await db.findings.deleteMany({ _id: { $in: ids }, task_id: taskId })).deletedCount;
    },
  };
}

const BY_ADDRESS: Order<FindingDocument> = {
  field: 'address_key',
  direction: 1,
  write: ({ address_key }) => address_key,
  read: (text) => (/^[46]/.test(text) && text.length > 8 ? text : undefined),
};
const BY_TIME: Order<FindingDocument> = {
  field: 'completed_time',
  direction: -1,
  write: ({ completed_time }) => completed_time.getTime(),
  read: (text) => (readDigits(text) === undefined ? undefined : new Date(Number(text))),
};

/** The first one has the bounds of an index. */
function toFilters(
  { target, within, task_id, severity, kind, finding_id, after, before }: Omit<FindingQuery, 'limit' | 'cursor'>,
  order: typeof BY_ADDRESS,
): [Record<string, unknown>, ...object[]] {
  const completed_time = {
    $gte: new Date(after ?? 0),
    ...(before !== undefined && { $lt: new Date(before) }),
  };
  const others = [
    ...(task_id === undefined ? [] : [{ task_id }]),
    ...(finding_id === undefined ? [] : [{ finding_id }]),
    ...(severity === undefined ? [] : [{ severity: anyOf(severity) }]),
  ];
  const checked = kind === undefined ? [] : [{ kind }];
  if (order === BY_TIME) {
    const [first = {}, ...rest] = others;
    return [{ ...first, completed_time }, ...rest, ...checked];
  }
  // No address is a member of some targets.
  const range = target === undefined ? EVERY : (findKeyRange(target) ?? NO);
  const ranges = within ? [{ $or: within.map(toAddresses) }] : [];
  return [toAddresses(range), ...ranges, ...others, { completed_time }, ...checked];
}

const EVERY: KeyRange = { first: '4', last: '7' };
const NO: KeyRange = { first: '7', last: '4' };
const toAddresses = ({ first, last }: KeyRange) => ({ address_key: { $gte: first, $lte: last } });

/** What the update that completed a subtask has found beside its result. */
export function toFindingDocuments(
  { task_id, subtask_id, ip, attempt, completed_time, assigned_node }: SubTask,
  updates: readonly IncomingUpdate[],
  results: readonly UpdateResult[],
): FindingDocument[] {
  const completing = updates.find(
    ({ update }, i) => update.status === 'COMPLETED' && results[i]!.outcome === 'applied',
  );
  const address_key = toAddressKey(ip);
  return toFindings(completing?.update.scan_result ?? {}).map(({ id: finding_id, ...finding }) => ({
    _id: toFindingObjectId(subtask_id, attempt, finding_id),
    task_id,
    subtask_id,
    ip,
    address_key,
    finding_id,
    ...finding,
    completed_time: completed_time!,
    ...(assigned_node !== undefined && { assigned_node }),
  }));
}

function toFindingObjectId(subTaskId: string, attempt: number, id: string): mongo.ObjectId {
  const hash = createHash('sha256')
    .update(JSON.stringify([subTaskId, attempt, id]))
    .digest();
  return new mongo.ObjectId(hash.subarray(0, 12));
}
