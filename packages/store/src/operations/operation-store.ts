/**
 * Commands for many tasks. An operation names its tasks when it is created, and notes the outcome of each one in the
 * order of the list. `place` counts them and guards the write: of two replicas at the same place, one continues.
 */
import { type BulkFailure, type BulkOperation, type Page, SHOWN_FAILURES } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { Types } from 'mongoose';
import type { Database } from '../mongodb/database';
import type { OperationDocument } from '../mongodb/documents';
import { isDuplicateKey } from '../mongodb/mongo-errors';
import { takePage } from '../mongodb/take-page';

const KEEP_MS = 30 * 86_400_000;

export type NewOperation = Pick<
  BulkOperation,
  'action' | 'add_labels' | 'remove_labels' | 'priority' | 'filter' | 'reason' | 'operator' | 'more'
> & { task_ids: string[] };

export type OpenOperation = Omit<OperationDocument, '_id'>;
/** What became of one task. */
export type TaskOutcome = 'done' | 'unchanged' | BulkFailure;

export interface OperationStore {
  /** With the id of an operation that exists, resolves with that one. Default: a new id. */
  create(operation: NewOperation, now: Date, operationId?: string): Promise<BulkOperation>;
  /** Rejects with AppError `missing` `operation_not_found`. */
  getOperation(operationId: string): Promise<BulkOperation>;
  /** Newest first. */
  findPage(query: { limit: number; cursor?: string | undefined }): Promise<Page<BulkOperation>>;
  /** The oldest operation that is not done. */
  findOpen(): Promise<OpenOperation | undefined>;
  /** Notes the outcome of the task at this place. False if another replica has noted it. */
  noteOutcome(operation: OpenOperation, place: number, outcome: TaskOutcome, now: Date): Promise<boolean>;
}

const SHOWN = { _id: 0, task_ids: 0, place: 0 } as const;

export function createOperationStore(db: Database): OperationStore {
  async function getOperation(operation_id: string): Promise<BulkOperation> {
    const found = await db.operations.findOne<BulkOperation>({ operation_id }, { projection: SHOWN });
    if (found) return found;
    throw new AppError('operation_not_found', { detail: operation_id, field: 'operation_id' });
  }

  return {
    async create({ task_ids, ...operation }, now, operationId) {
      const _id = new Types.ObjectId(operationId);
      const isEmpty = task_ids.length === 0;
      const view: BulkOperation = {
        ...{ operation_id: _id.toHexString(), ...operation, state: isEmpty ? 'done' : 'waiting' },
        ...{ matched: task_ids.length, done: 0, unchanged: 0, failed: 0, failures: [], created_time: now },
        ...(isEmpty && { ended_time: now }),
        expires: new Date(now.getTime() + KEEP_MS),
      };
      try {
        await db.operations.insertOne({ _id, ...view, task_ids, place: 0 });
        return view;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return getOperation(view.operation_id);
      }
    },
    getOperation,
    findPage({ limit, cursor }) {
      const filter = cursor === undefined ? {} : { operation_id: { $lt: cursor } };
      const found = db.operations.find<BulkOperation>(filter, { projection: SHOWN }).sort({ operation_id: -1 });
      return takePage(found, limit, (last) => last.operation_id);
    },
    async findOpen() {
      const filter = { state: { $in: ['waiting' as const, 'running' as const] } };
      const found = await db.operations.findOne<OpenOperation>(filter, {
        projection: { _id: 0 },
        sort: { created_time: 1 },
      });
      return found ?? undefined;
    },
    async noteOutcome({ operation_id, matched }, place, outcome, now) {
      const isLast = place + 1 === matched;
      const { modifiedCount } = await db.operations.updateOne(
        { operation_id, place },
        {
          $set: { state: isLast ? 'done' : 'running', ...(isLast && { ended_time: now }) },
          $inc: { place: 1, [typeof outcome === 'string' ? outcome : 'failed']: 1 },
          ...(typeof outcome === 'object' && { $push: { failures: { $each: [outcome], $slice: SHOWN_FAILURES } } }),
        },
      );
      return modifiedCount === 1;
    },
  };
}
