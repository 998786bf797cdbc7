/**
 * The dead letters. A dead letter is written once, under an id made from its message, and afterwards only marked. So
 * the same message delivered again adds nothing, and removes no mark. A dead letter that stands for many messages is
 * counted up with each of them. If it was discarded, it waits again.
 */
import {
  type DeadLetterFilter,
  type DeadLetterGroups,
  type DeadLetterMark,
  type DeadLetterRecord,
  type DeadLetterSummary,
  isReasonCode,
  MAX_DEAD_LETTER_GROUPS,
  MAX_GROUPED_DEAD_LETTERS,
  type Page,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { WaitingDeadLetters } from '@cyberstroll/task-state';
import { COUNTED_DEAD_LETTERS } from '../mongodb/models/collections';
import type { Database } from '../mongodb/models/database';
import { WITHOUT_ID } from '../mongodb/models/fields';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { takePage } from '../mongodb/queries/take-page';

/** Selects the dead letters that match every given field. */
export interface DeadLetterQuery extends DeadLetterFilter {
  /** If it is not given: all but the discarded ones. With `ids`, the discarded ones too. */
  state?: DeadLetterRecord['state'] | undefined;
  replayable?: boolean | undefined;
}

export type DeadLetterStore = ReturnType<typeof createDeadLetterStore>;

const MARKS_KEPT = 20;
/** Counting stops at this number: nobody needs the exact number above it. */
const MAX_COUNTED = 100_000;
/**
 * The number of reasons that are listed, those with the most dead letters first. Unknown reasons from outside count as
 * `other`.
 */
const MAX_REASONS = 40;
const SUMMARY = { _id: 0, content: 0 };

export function createDeadLetterStore(db: Database) {
  return {
    /**
     * Resolves when a majority has it. `known`: it was kept before, and nothing is written. `counted`: it is one more
     * of those that are kept as one.
     */
    async keep(deadLetter: DeadLetterRecord): Promise<'new' | 'counted' | 'known'> {
      const _id = deadLetter.dead_letter_id;
      const { count, last_seen, expires, ...first } = deadLetter;
      const write =
        count === undefined
          ? { $setOnInsert: deadLetter }
          : { $setOnInsert: first, $inc: { count }, $max: { last_seen, expires } };
      for (;;) {
        try {
          const written = await db.deadLetters.updateOne({ _id }, write, { upsert: true });
          if (written.upsertedCount === 1) return 'new';
          if (count === undefined) return 'known';
          await db.deadLetters.updateOne(
            { _id, state: 'discarded' },
            { $set: { state: 'waiting' }, $unset: { discarded: '' } },
          );
          return 'counted';
        } catch (error) {
          // Another process wrote a dead letter of the same message, or of the same kind, first.
          if (!isDuplicateKey(error)) throw error;
          if (count === undefined) return 'known';
        }
      }
    },

    /** Newest first. */
    async findPage({
      limit,
      cursor,
      ...query
    }: Omit<DeadLetterQuery, 'ids'> & { limit: number; cursor?: string | undefined }): Promise<
      Page<DeadLetterSummary>
    > {
      const found = db.deadLetters
        .find<DeadLetterSummary>({ $and: [toFilter(query), toPageFilter(cursor)] }, { projection: SUMMARY })
        .sort({ first_seen: -1, _id: -1 });
      return takePage(found, limit, toCursor);
    },

    /** All that match, by reason, the most frequent first. */
    async groupByReason(query: Omit<DeadLetterQuery, 'ids'>): Promise<DeadLetterGroups> {
      const found = await db.deadLetters.aggregate<DeadLetterGroups['items'][number]>(...toGrouping(query)).toArray();
      const items = found.slice(0, MAX_DEAD_LETTER_GROUPS);
      const counted = items.reduce((sum, { count }) => sum + count, 0);
      return { items, more: found.length > items.length || counted > MAX_GROUPED_DEAD_LETTERS };
    },

    /** Those that nobody has replayed or discarded, by reason. */
    countWaiting: () => countWaitingDeadLetters(db),

    /** Rejects with AppError `missing` `dead_letter_not_found`. */
    async getDeadLetter(id: string): Promise<DeadLetterRecord> {
      const found = await db.deadLetters.findOne<DeadLetterRecord>({ _id: id }, WITHOUT_ID);
      if (found) return found;
      throw new AppError('dead_letter_not_found', { field: 'dead_letter_id' });
    },

    /** Oldest first. */
    async findMatching(query: DeadLetterQuery, limit: number): Promise<DeadLetterSummary[]> {
      return db.deadLetters
        .find<DeadLetterSummary>(toFilter(query), { projection: SUMMARY })
        .sort({ first_seen: 1, _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** These dead letters with their content, oldest first. */
    async findWhole(ids: readonly string[]): Promise<DeadLetterRecord[]> {
      return db.deadLetters.find<DeadLetterRecord>(byIds(ids), WITHOUT_ID).sort({ first_seen: 1, _id: 1 }).toArray();
    },

    async markReplayed(ids: readonly string[], mark: DeadLetterMark): Promise<void> {
      await db.deadLetters.updateMany(byIds(ids), {
        $push: { replayed_times: { $each: [mark], $slice: -MARKS_KEPT } },
        $set: { state: 'replayed' },
      });
    },

    /** Resolves with how many were not discarded before. */
    async markDiscarded(ids: readonly string[], mark: DeadLetterMark): Promise<number> {
      const { modifiedCount } = await db.deadLetters.updateMany(
        { ...byIds(ids), state: { $ne: 'discarded' } },
        { $set: { state: 'discarded', discarded: mark } },
      );
      return modifiedCount;
    },
  };
}

const byIds = (ids: readonly string[]) => ({ _id: { $in: ids } });

/** Built field by field, so that a client's input never becomes a query operator. */
export function toFilter({ ids, reason, queue, task_id, before, after, state, replayable }: DeadLetterQuery): object {
  return {
    ...(ids && byIds(ids)),
    ...(state ? { state } : ids ? {} : { state: { $in: ['waiting', 'replayed'] } }),
    ...(reason !== undefined && { reason }),
    ...(queue !== undefined && { queue }),
    ...(task_id !== undefined && { task_id }),
    ...(replayable !== undefined && { replayable }),
    ...((before !== undefined || after !== undefined) && {
      first_seen: {
        ...(before !== undefined && { $lt: new Date(before) }),
        ...(after !== undefined && { $gte: new Date(after) }),
      },
    }),
  };
}

/** Counts from an index alone, which is named so that no other one is taken: no dead letter is read. */
export const toGrouping = (query: Omit<DeadLetterQuery, 'ids'>): [pipeline: object[], options: { hint: object }] => [
  toGroupPipeline(query),
  { hint: query.task_id === undefined ? COUNTED_DEAD_LETTERS.ofAll : COUNTED_DEAD_LETTERS.ofTask },
];

const toGroupPipeline = (query: Omit<DeadLetterQuery, 'ids'>): object[] => [
  { $match: toFilter(query) },
  { $limit: MAX_GROUPED_DEAD_LETTERS + 1 },
  {
    $group: {
      _id: '$reason',
      count: { $sum: 1 },
      waiting: { $sum: { $cond: [{ $eq: ['$state', 'waiting'] }, 1, 0] } },
      oldest: { $min: '$first_seen' },
      newest: { $max: '$first_seen' },
    },
  },
  { $sort: { count: -1, _id: 1 } },
  { $limit: MAX_DEAD_LETTER_GROUPS + 1 },
  { $project: { _id: 0, reason: '$_id', count: 1, waiting: 1, oldest: 1, newest: 1 } },
];

const toCursor = ({ first_seen, dead_letter_id }: DeadLetterSummary) => `${first_seen.getTime()}-${dead_letter_id}`;

export function toPageFilter(cursor: string | undefined): object {
  if (cursor === undefined) return {};
  const [time, id] = cursor.split('-');
  const first_seen = new Date(Number(time));
  return { first_seen: { $lte: first_seen }, $or: [{ first_seen: { $lt: first_seen } }, { _id: { $lt: id } }] };
}

/** The dead letters that nobody has replayed or discarded; with `taskId`, those of that task. */
export async function countWaitingDeadLetters({ deadLetters }: Database, taskId?: string): Promise<WaitingDeadLetters> {
  const filter = { ...(taskId !== undefined && { task_id: taskId }), state: 'waiting' as const };
  const [counted] = await deadLetters
    .aggregate<{ total: number; groups: { _id: string; count: number }[] }>([
      { $match: filter },
      { $limit: MAX_COUNTED },
      { $group: { _id: '$reason', count: { $sum: 1 } } },
      { $sort: { count: -1, _id: 1 } },
      { $group: { _id: null, total: { $sum: '$count' }, groups: { $push: '$$ROOT' } } },
      { $project: { total: 1, groups: { $slice: ['$groups', MAX_REASONS] } } },
    ])
    .toArray();
  const { total, groups } = counted ?? { total: 0, groups: [] };
  const known = groups.filter(({ _id }) => isReasonCode(_id));
  const others = total - known.reduce((sum, { count }) => sum + count, 0);
  const entries = known.map(({ _id, count }): [string, number] => [_id, count]);
  if (others > 0) entries.push(['other', others]);
  return { dead_letters_waiting: total, dead_letters_by_reason: Object.fromEntries(entries) };
}
