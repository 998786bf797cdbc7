/**
 * The requests by idempotency key. A key is taken before its request is carried out, and marked as done after it. A
 * crash between the two leaves the key taken. A repeat is then carried out again, so every request that is kept here
 * must be safe to repeat. MongoDB deletes a key once it has expired.
 */
import type { Database } from '../mongodb/database';
import { isDuplicateKey } from '../mongodb/mongo-errors';

const KEEP_MS = 24 * 3_600_000;

export type KeyClaim =
  /** As far as is known, the request was not carried out yet. */
  | { state: 'taken' }
  /** The request was carried out, and this was its answer. */
  | { state: 'done'; answer?: unknown }
  /** The key belongs to another request. */
  | { state: 'of_another' };

export interface IdempotencyKeys {
  /**
   * Takes a key for a request. `request` is its fingerprint. A key that created a task always belongs to another
   * request.
   */
  claim(key: string, request: string, now: Date): Promise<KeyClaim>;
  /** The request was carried out. A repeat gets `answer`. */
  complete(key: string, request: string, answer: unknown, now: Date): Promise<void>;
  /** The request changed nothing. Its key is free for another request. */
  release(key: string, request: string): Promise<void>;
  /** Whether a request has taken the key. The creation of a task does not count. */
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
        // The key was released or expired in between.
        if (!known) continue;
        if (known.request !== request) return { state: 'of_another' };
        return known.done ? { state: 'done', answer: JSON.parse(known.answer ?? 'null') } : { state: 'taken' };
      }
    },
    async complete(key, request, answer, now) {
      const done = { done: true, answer: JSON.stringify(answer ?? null), expires: toExpiry(now) };
      try {
        // Inserts the key again if an equal request was refused meanwhile and released it.
        await db.idempotencyKeys.updateOne({ _id: key, request }, { $set: done }, { upsert: true });
      } catch (error) {
        // Another request has taken the key meanwhile.
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
