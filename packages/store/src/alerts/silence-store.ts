/**
 * Silences: for a while, alerts of a rule call nobody. One that has ended is deleted by MongoDB, some time later; the
 * audit log keeps what was commanded.
 */
import { type Alert, type ListSilencesQuery, MAX_SILENCES, type Page, type Silence } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { mongo } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import { WITHOUT_ID } from '../mongodb/models/fields';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { takePage } from '../mongodb/queries/take-page';

export type NewSilence = Omit<Silence, 'silence_id' | 'created_time'>;
export type SilenceStore = ReturnType<typeof createSilenceStore>;

const covers = ({ rule, subject }: Silence, alert: Pick<Alert, 'rule' | 'subject'>): boolean =>
  rule === alert.rule && (subject === undefined || subject === alert.subject);

/** The one of these, in the order of `findInForce`, that covers the alert. */
export const findSilence = (silences: readonly Silence[], alert: Pick<Alert, 'rule' | 'subject'>) =>
  silences.find((silence) => covers(silence, alert));

/** As a filter: alerts that one of these covers. `$or` of an empty list is refused by MongoDB, and none is covered. */
export const whereSilenced = (silences: readonly Silence[]): object =>
  silences.length === 0
    ? { $nor: [{}] }
    : { $or: silences.map(({ rule, subject }) => ({ rule, ...(subject !== undefined && { subject }) })) };
export const whereNotSilenced = (silences: readonly Silence[]): object =>
  silences.length === 0 ? {} : { $nor: [whereSilenced(silences)] };

export function createSilenceStore(db: Database) {
  /** The one that ends last first. */
  const findInForce = (now: Date): Promise<Silence[]> =>
    db.silences
      .find<Silence>({ until: { $gt: now } }, WITHOUT_ID)
      .sort({ until: -1 })
      .limit(2 * MAX_SILENCES)
      .toArray();

  return {
    findInForce,
    /** With the id of one that exists, changes nothing. Rejects with AppError `conflict` `too_many_silences`. */
    async create(given: NewSilence, now: Date, silenceId?: string): Promise<Silence> {
      if ((await findInForce(now)).length >= MAX_SILENCES) {
        throw new AppError('too_many_silences', { limit: MAX_SILENCES });
      }
      const _id = new mongo.ObjectId(silenceId);
      const silence: Silence = { silence_id: _id.toHexString(), ...given, created_time: now };
      try {
        await db.silences.insertOne({ _id, ...silence });
        return silence;
      } catch (error) {
        const known = isDuplicateKey(error) && (await db.silences.findOne<Silence>({ _id }, WITHOUT_ID));
        if (!known) throw error;
        return known;
      }
    },
    /** Newest first. */
    findPage({ rule, limit, cursor }: ListSilencesQuery, now: Date): Promise<Page<Silence>> {
      const before = cursor !== undefined && { silence_id: { $lt: cursor } };
      const filter = { until: { $gt: now }, ...(rule && { rule }), ...before };
      const found = db.silences.find<Silence>(filter, WITHOUT_ID).sort({ silence_id: -1 });
      return takePage(found, limit, ({ silence_id }) => silence_id);
    },
    /** Resolves with what it was. Rejects with AppError `missing` `silence_not_found`. */
    async end(silenceId: string, now: Date): Promise<Silence> {
      const filter = { silence_id: silenceId, until: { $gt: now } };
      const ended = await db.silences.findOneAndDelete(filter, WITHOUT_ID);
      if (ended) return ended as unknown as Silence;
      throw new AppError('silence_not_found', { detail: silenceId, field: 'silence_id' });
    },
  };
}
