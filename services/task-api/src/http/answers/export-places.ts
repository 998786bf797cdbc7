import { type Caller, toCallerId } from '@cyberstroll/access';
import { AppError } from '@cyberstroll/runtime';
import type { Response } from 'express';

/** Streams that one API key may have from one replica at a time: each reads for minutes where results are many. */
const PER_KEY = 2;
/**
 * Streams of a replica at a time: two for each connection by which the store reads them, so that each waits for one
 * window of another at most. More of them would all get nothing for minutes, which HTTP clients and proxies take for a
 * dead connection; a refusal can be waited for, and another replica may have a place.
 */
const PER_REPLICA = 8;
const RETRY_AFTER_SECONDS = 10;

/**
 * Takes a place for an answer until it is closed. Throws AppError `overloaded` `too_many_exports` if its caller has all
 * of its places, and `transient` `exports_busy` if the replica has none.
 */
export type TakeExportPlace = (caller: Caller, response: Response) => void;

export function createExportPlaces(): TakeExportPlace {
  const taken = new Map<string, number>();
  let all = 0;
  return (caller, response) => {
    const key = toCallerId(caller);
    const count = taken.get(key) ?? 0;
    if (count >= PER_KEY) throw new AppError('too_many_exports', { retry_after_seconds: RETRY_AFTER_SECONDS });
    if (all >= PER_REPLICA) throw new AppError('exports_busy', { retry_after_seconds: RETRY_AFTER_SECONDS });
    taken.set(key, count + 1);
    all += 1;
    response.once('close', () => {
      all -= 1;
      const left = taken.get(key)! - 1;
      if (left > 0) taken.set(key, left);
      else taken.delete(key);
    });
  };
}
