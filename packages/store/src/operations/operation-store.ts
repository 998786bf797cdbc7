/**
 * Commands for many tasks. An operation names its tasks when it is created, and notes the outcome of each one in the
 * order of the list. `place` counts them and guards the write: of two replicas at the same place, one continues.
 *
 * Operations of one action are carried out in the order in which they were sent. Those of different actions do not wait
 * for each other, but for the pauses and cancels that were sent before them: else a later resume would come too early.
 */
import {
  BULK_ACTIONS,
  type BulkAction,
  type BulkFailure,
  type BulkOperation,
  countSchema,
  operationSchema,
  type Page,
  SHOWN_FAILURES,
  STOPPING_ACTIONS,
} from '@cyberstroll/contracts';
import { AppError, createSharedCall } from '@cyberstroll/runtime';
import { Types } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import type { OperationDocument } from '../mongodb/models/documents';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { takePage } from '../mongodb/queries/take-page';

const KEEP_MS = 30 * 86_400_000;
/** Tasks of an operation that are read at once. */
const TASKS_AT_ONCE = 10;
/** A read of what is open that takes longer keeps no other waiting. */
const FIRST_WITHIN_MS = 2_000;

export type NewOperation = Pick<
  BulkOperation,
  'action' | 'add_labels' | 'remove_labels' | 'priority' | 'filter' | 'reason' | 'operator' | 'more'
> &
  Pick<OperationDocument, 'task_ids' | 'key_id' | 'sender'>;

/** `task_ids`: the next ones, the first of them at `place`. */
export type OpenOperation = Omit<OperationDocument, '_id'>;
/** What became of one task. */
export type TaskOutcome = 'done' | 'unchanged' | BulkFailure;

/** Why an operation ends before its last task. */
export interface Cancellation {
  operator: string;
  reason?: string | undefined;
}

const isOperation = (document: object): boolean => operationSchema.safeParse(document).success;
const headSchema = operationSchema.extend({ place: countSchema });
const isHead = (document: object): boolean => headSchema.safeParse(document).success;

const HIDDEN = { _id: 0, task_ids: 0, place: 0, key_id: 0, tries: 0, moved_time: 0, sender: 0 } as const;
const IS_OPEN = { state: { $in: ['waiting' as const, 'running' as const] } };

export function createOperationStore(db: Database) {
  async function getOperation(operation_id: string): Promise<BulkOperation> {
    const found = await db.operations.findOne<BulkOperation>({ operation_id }, { projection: HIDDEN });
    if (found) return found;
    throw new AppError('operation_not_found', { detail: operation_id, field: 'operation_id' });
  }

  /**
   * By action: the oldest operation that is open. An index holds all that this reads. The sweeps of all actions pass at
   * the same time.
   */
  const findFirst = createSharedCall(() => readFirst([]), { waitMs: FIRST_WITHIN_MS });

  async function readFirst(aside: readonly string[]): Promise<Map<BulkAction, string>> {
    const first = db.operations.aggregate<{ _id: BulkAction; operation_id: string }>([
      { $match: { ...IS_OPEN, ...(aside.length > 0 && { operation_id: { $nin: aside } }) } },
      { $group: { _id: '$action', operation_id: { $min: '$operation_id' } } },
    ]);
    return new Map((await first.toArray()).map(({ _id, operation_id }) => [_id, operation_id]));
  }

  async function findOpen(operation_id: string): Promise<OpenOperation | 'unreadable' | undefined> {
    const head = await db.operations.findOne({ operation_id, ...IS_OPEN }, { projection: { _id: 0, task_ids: 0 } });
    if (!head) return undefined;
    if (!isHead(head)) return 'unreadable';
    const projection = { _id: 0, task_ids: { $slice: [head.place, TASKS_AT_ONCE] } };
    const next = await db.operations.findOne<OpenOperation>({ operation_id, place: head.place }, { projection });
    return next ?? undefined;
  }

  return {
    /** With the id of an operation that exists, resolves with that one. Default: a new id. */
    async create(
      { task_ids, key_id, sender, ...operation }: NewOperation,
      now: Date,
      operationId?: string,
    ): Promise<BulkOperation> {
      const _id = new Types.ObjectId(operationId);
      const isEmpty = task_ids.length === 0;
      const view: BulkOperation = {
        operation_id: _id.toHexString(),
        ...operation,
        state: isEmpty ? 'done' : 'waiting',
        matched: task_ids.length,
        done: 0,
        unchanged: 0,
        failed: 0,
        failures: [],
        created_time: now,
        ...(isEmpty && { ended_time: now }),
        expires: new Date(now.getTime() + KEEP_MS),
      };
      const hidden = { task_ids, place: 0, ...(key_id !== undefined && { key_id }), ...(sender && { sender }) };
      try {
        await db.operations.insertOne({ _id, ...view, ...hidden });
        return view;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return getOperation(view.operation_id);
      }
    },
    /** Rejects with AppError `missing` `operation_not_found`. */
    getOperation,
    /** Newest first. */
    async findPage({ limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<Page<BulkOperation>> {
      const filter = cursor === undefined ? {} : { operation_id: { $lt: cursor } };
      const found = db.operations.find<BulkOperation>(filter, { projection: HIDDEN }).sort({ operation_id: -1 });
      const page = await takePage(found, limit, (last) => last.operation_id);
      return { ...page, items: page.items.filter(isOperation) };
    },
    /** The oldest open operation of each of these actions, without those that wait for a pause or a cancel. */
    async findDue(): Promise<OpenOperation[]> {
      const aside: string[] = [];
      for (let first = await findFirst(); ; first = await readFirst(aside)) {
        const stopping = STOPPING_ACTIONS.flatMap((action) => first.get(action) ?? []).sort()[0];
        const due = BULK_ACTIONS.flatMap((action) => {
          const id = first.get(action);
          const waits =
            !STOPPING_ACTIONS.includes(action) && stopping !== undefined && id !== undefined && id > stopping;
          return id === undefined || waits ? [] : [id];
        });
        const found = await Promise.all(due.map(findOpen));
        const unreadable = due.filter((_, i) => found[i] === 'unreadable');
        if (unreadable.length === 0) return found.filter((each) => typeof each === 'object');
        aside.push(...unreadable);
      }
    },
    /** Whether a pause or a cancel that was sent later names this task. */
    async isOverruled({ operation_id }: Pick<OpenOperation, 'operation_id'>, taskId: string): Promise<boolean> {
      const later = { operation_id: { $gt: operation_id }, action: { $in: STOPPING_ACTIONS }, task_ids: taskId };
      return (await db.operations.findOne(later, { projection: { _id: 1 } })) !== null;
    },
    /** Notes the outcome of the task at this place. False if the operation does not continue here. */
    async noteOutcome(
      { operation_id, matched }: Pick<OpenOperation, 'operation_id' | 'matched'>,
      place: number,
      outcome: TaskOutcome,
      now: Date,
    ): Promise<boolean> {
      const isLast = place + 1 === matched;
      const counted = {
        $inc: { place: 1, [typeof outcome === 'string' ? outcome : 'failed']: 1 },
        ...(typeof outcome === 'object' && { $push: { failures: { $each: [outcome], $slice: SHOWN_FAILURES } } }),
      };
      const at = { operation_id, place };
      const { modifiedCount } = await db.operations.updateOne(
        { ...at, ...IS_OPEN },
        {
          ...counted,
          $set: { state: isLast ? 'done' : 'running', moved_time: now, ...(isLast && { ended_time: now }) },
          $unset: { tries: '' },
        },
      );
      // It was cancelled while this task was commanded.
      if (modifiedCount === 0) await db.operations.updateOne({ ...at, state: 'cancelled' }, counted);
      return modifiedCount === 1;
    },
    /** Notes that the task at this place could not be commanded. Resolves with how often that was so. */
    async noteTry({ operation_id }: Pick<OpenOperation, 'operation_id'>, place: number): Promise<number> {
      const noted = await db.operations.findOneAndUpdate(
        { operation_id, place, ...IS_OPEN },
        { $inc: { tries: 1 } },
        { returnDocument: 'after', projection: { _id: 0, tries: 1 } },
      );
      return noted?.tries ?? 0;
    },
    /** Ends it. One that has ended stays as it is. Rejects with AppError `missing` `operation_not_found`. */
    async cancel(operation_id: string, { operator, reason }: Cancellation, now: Date): Promise<BulkOperation> {
      const why = { cancelled_by: operator, ...(reason !== undefined && { cancel_reason: reason }) };
      const write = { $set: { state: 'cancelled' as const, ended_time: now, ...why } };
      await db.operations.updateOne({ operation_id, ...IS_OPEN }, write);
      return getOperation(operation_id);
    },
  };
}
