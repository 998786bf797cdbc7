/**
 * What was asked under which idempotency key. A key is taken before its request is carried out and marked as done after it.
 * A crash between the two leaves it taken: a repeat is carried out again then, which is why every request that is kept here
 * must be one that can be repeated. MongoDB itself deletes a key once it has expired.
 */
import type { Database } from '../mongodb/database';
import { isDuplicateKey } from '../mongodb/mongo-errors';

const KEEP_MS = 24 * 3_600_000;

export type KeyClaim =
  /** It was not carried out yet, as far as is known. */
  | { state: 'taken' }
  /** It was, and this was its answer. */
  | { state: 'done'; answer?: unknown }
  /** The key belongs to another request. */
  | { state: 'of_another' };

export interface IdempotencyKeys {
  /** Takes a key for a request; `request` is its fingerprint. A key that made a task is of another request always. */
  claim(key: string, request: string, now: Date): Promise<KeyClaim>;
  /** The request was carried out. `answer` is what a repeat is answered. */
  complete(key: string, request: string, answer: unknown, now: Date): Promise<void>;
  /** The request changed nothing: its key is free for another one. */
  release(key: string, request: string): Promise<void>;
  /** Whether a request has taken the key, that of a creation left out. */
  isTaken(key: string): Promise<boolean>;
}

export function createIdempotencyKeys(db: Database): IdempotencyKeys {
  const toExpiry = (now: Date) => new Date(now.getTime() + KEEP_MS);

  return {
    async claim(key, request, now) {
      if (await db.tasks.findOne({ idempotency_key: key }, { projection: { _id: 1 } })) {
        return { state: 'of_another' };
      }
      for (;;) {
        try {
          await db.idempotencyKeys.insertOne({ _id: key, request, done: false, expires: toExpiry(now) });
          return { state: 'taken' };
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
        }
        const known = await db.idempotencyKeys.findOne({ _id: key });
        // Released or expired in between.
        if (!known) continue;
        if (known.request !== request) return { state: 'of_another' };
        return known.done ? { state: 'done', answer: JSON.parse(known.answer ?? 'null') } : { state: 'taken' };
      }
    },
    async complete(key, request, answer, now) {
      const done = { done: true, answer: JSON.stringify(answer ?? null), expires: toExpiry(now) };
      try {
        // Anew where an equal request, refused meanwhile, has released it.
        await db.idempotencyKeys.updateOne({ _id: key, request }, { $set: done }, { upsert: true });
      } catch (error) {
        // Another request has taken it meanwhile.
        if (!isDuplicateKey(error)) throw error;
      }
    },
    async release(key, request) {
      await db.idempotencyKeys.deleteOne({ _id: key, request, done: false });
    },
    async isTaken(key) {
      return (await db.idempotencyKeys.findOne({ _id: key }, { projection: { _id: 1 } })) !== null;
    },
  };
}
