/**
 * The dead letters that are kept. A dead letter is written once, under an id made from its message, and afterwards only marked: so
 * the same message delivered again adds nothing, and takes no mark away. One that stands for many is counted up with each of them, and
 * waits again where it was discarded.
 */
import type { DeadLetterFilter, DeadLetterRecord, DeadLetterSummary, Page } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { Models } from '../mongodb/create-models';
import { isDuplicateKey } from '../mongodb/mongo-errors';
import { takePage } from '../mongodb/take-page';

/** Which dead letters: those that every field given fits. */
export interface DeadLetterQuery extends DeadLetterFilter {
  /** All but the discarded where it is not given; of `ids`, the discarded too. */
  state?: DeadLetterRecord['state'] | undefined;
  replayable?: boolean | undefined;
}

export interface DeadLetterMark {
  time: Date;
  operator: string;
}

export interface DeadLetterStore {
  /**
   * Resolves when a majority has it. `known`: it was kept before, and nothing is written. `counted`: it is one more of those that are kept
   * as one.
   */
  keep(deadLetter: DeadLetterRecord): Promise<'new' | 'counted' | 'known'>;
  /** Newest first. */
  findPage(
    query: Omit<DeadLetterQuery, 'ids'> & { limit: number; cursor?: string | undefined },
  ): Promise<Page<DeadLetterSummary>>;
  /** Rejects with AppError `missing` `dead_letter_not_found`. */
  getDeadLetter(id: string): Promise<DeadLetterRecord>;
  /** Oldest first. */
  findMatching(query: DeadLetterQuery, limit: number): Promise<DeadLetterSummary[]>;
  /** These dead letters with their content, oldest first. */
  findWhole(ids: readonly string[]): Promise<DeadLetterRecord[]>;
  markReplayed(ids: readonly string[], mark: DeadLetterMark): Promise<void>;
  /** Resolves with how many were not discarded before. */
  markDiscarded(ids: readonly string[], mark: DeadLetterMark): Promise<number>;
}

const MARKS_KEPT = 20;
const SUMMARY = { _id: 0, content: 0 };

export function createDeadLetterStore(models: Models): DeadLetterStore {
  const deadLetters = models.deadLetters.collection;

  return {
    async keep(deadLetter) {
      const _id = deadLetter.dead_letter_id as never;
      const { count, last_seen, expires, ...first } = deadLetter;
      const write =
        count === undefined
          ? { $setOnInsert: deadLetter }
          : { $setOnInsert: first, $inc: { count }, $max: { last_seen, expires } };
      for (;;) {
        try {
          const written = await deadLetters.updateOne({ _id }, write, { upsert: true });
          if (written.upsertedCount === 1) return 'new';
          if (count === undefined) return 'known';
          await deadLetters.updateOne(
            { _id, state: 'discarded' },
            { $set: { state: 'waiting' }, $unset: { discarded: '' } },
          );
          return 'counted';
        } catch (error) {
          // Two keepers with the same message, or of the same kind: the other was first.
          if (!isDuplicateKey(error)) throw error;
          if (count === undefined) return 'known';
        }
      }
    },

    async findPage({ limit, cursor, ...query }) {
      const found = deadLetters
        .find({ $and: [toFilter(query), toPageFilter(cursor)] }, { projection: SUMMARY })
        .sort({ first_seen: -1, _id: -1 });
      return takePage(found, limit, toCursor);
    },

    async getDeadLetter(id) {
      const found = await deadLetters.findOne({ _id: id as never }, { projection: { _id: 0 } });
      if (found) return found as unknown as DeadLetterRecord;
      throw new AppError('dead_letter_not_found', { field: 'dead_letter_id' });
    },

    async findMatching(query, limit) {
      return (await deadLetters
        .find(toFilter(query), { projection: SUMMARY })
        .sort({ first_seen: 1, _id: 1 })
        .limit(limit)
        .toArray()) as unknown as DeadLetterSummary[];
    },

    async findWhole(ids) {
      return (await deadLetters
        .find(byIds(ids), { projection: { _id: 0 } })
        .sort({ first_seen: 1, _id: 1 })
        .toArray()) as unknown as DeadLetterRecord[];
    },

    async markReplayed(ids, mark) {
      const push = { $push: { replayed_times: { $each: [mark], $slice: -MARKS_KEPT } } } as object;
      const write = { ...push, $set: { state: 'replayed' } };
      await deadLetters.updateMany(byIds(ids), write);
    },

    async markDiscarded(ids, mark: DeadLetterMark) {
      const write = { $set: { state: 'discarded', discarded: mark } };
      const filter = { ...byIds(ids), state: { $ne: 'discarded' } };
      return (await deadLetters.updateMany(filter, write)).modifiedCount;
    },
  };
}

const byIds = (ids: readonly string[]) => ({ _id: { $in: ids as never[] } });

/** Built field by field: what a client sends never becomes an operator. */
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

const toCursor = ({ first_seen, dead_letter_id }: DeadLetterSummary) => `${first_seen.getTime()}-${dead_letter_id}`;

export function toPageFilter(cursor: string | undefined): object {
  if (cursor === undefined) return {};
  const [time, id] = cursor.split('-');
  const first_seen = new Date(Number(time));
  return { first_seen: { $lte: first_seen }, $or: [{ first_seen: { $lt: first_seen } }, { _id: { $lt: id } }] };
}
