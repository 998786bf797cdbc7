/**
 * The requests by idempotency key. A request claims its key before anything of it is done, and completes it
 * afterwards: of equal requests at the same time one is carried out. A claim lasts a few seconds on the database's
 * clock, and its owner renews it. So the claim of a process that died is free again soon.
 *
 * Nobody knows how far a request came whose process died. So an id stays with the key: what the request creates gets
 * this id, and whoever claims the key next finds it there. MongoDB deletes a key once it has expired.
 */
import { randomUUID } from 'node:crypto';
import { Types } from 'mongoose';
import { type Database, getDatabaseTime } from '../mongodb/models/database';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';

const KEEP_MS = 24 * 3_600_000;
/** A claim lasts for this many milliseconds after it was renewed. */
export const CLAIM_MS = 5_000;

export interface ClaimedKey {
  state: 'claimed';
  key: string;
  owner: string;
  /** 24 hex digits, the same for all requests under the key. */
  id: string;
  /** An earlier request under the key may have been carried out, in part or as a whole. */
  isRepeat: boolean;
}

export type KeyClaim =
  | ClaimedKey
  /** An equal request is being carried out. */
  | { state: 'in_use' }
  /** The request was carried out, and this was its answer. */
  | { state: 'done'; id: string; answer: unknown }
  /** The key belongs to another request. */
  | { state: 'of_another' };

export type IdempotencyKeys = ReturnType<typeof createIdempotencyKeys>;

/** An absent field sorts before every time. */
const IS_FREE = { $lte: ['$claimed_until', '$$NOW'] };

export function createIdempotencyKeys(db: Database) {
  const toTimes = async () => {
    const nowMs = (await getDatabaseTime(db)).getTime();
    return { claimed_until: new Date(nowMs + CLAIM_MS), expires: new Date(nowMs + KEEP_MS) };
  };

  async function claim(key: string, request: string): Promise<KeyClaim> {
    const [id, owner] = [new Types.ObjectId().toHexString(), randomUUID()];
    const claimed = { owner, ...(await toTimes()) };
    try {
      await db.idempotencyKeys.insertOne({ _id: key, request, id, done: false, ...claimed });
      return { state: 'claimed', key, owner, id, isRepeat: false };
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const known = await db.idempotencyKeys.findOne({ _id: key });
    // The key was released or expired in between.
    if (!known) return claim(key, request);
    if (known.request !== request) return { state: 'of_another' };
    if (known.done) return { state: 'done', id: known.id, answer: JSON.parse(known.answer ?? 'null') };
    const free = { _id: key, request, done: false, $expr: IS_FREE };
    const taken = await db.idempotencyKeys.findOneAndUpdate(free, { $set: claimed });
    return taken ? { state: 'claimed', key, owner, id: taken.id, isRepeat: true } : { state: 'in_use' };
  }

  return {
    /** Claims a key for a request. `request` is its fingerprint. */
    claim,
    /** To be called several times within `CLAIM_MS`. Without effect once the claim is lost. */
    async renew({ key, owner }: ClaimedKey): Promise<void> {
      await db.idempotencyKeys.updateOne({ _id: key, owner, done: false }, { $set: await toTimes() });
    },
    /** The request was carried out. A repeat gets `answer`. */
    async complete({ key, id }: ClaimedKey, answer: unknown): Promise<void> {
      const { expires } = await toTimes();
      const done = { done: true, answer: JSON.stringify(answer ?? null), expires };
      // Also where the claim was lost: the request is carried out, whoever has the key now.
      await db.idempotencyKeys.updateOne({ _id: key, id }, { $set: done });
    },
    /**
     * The request was refused (`changedNothing`): the key is free, for another request too. Or nobody knows what it has
     * changed: the key is free for an equal request alone.
     */
    async release({ key, owner, isRepeat }: ClaimedKey, changedNothing: boolean): Promise<void> {
      const ours = { _id: key, owner, done: false };
      // A repeat that is refused says nothing about the request before it.
      if (changedNothing && !isRepeat) await db.idempotencyKeys.deleteOne(ours);
      else await db.idempotencyKeys.updateOne(ours, { $unset: { claimed_until: '' } });
    },
  };
}
