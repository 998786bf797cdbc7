import { type Caller, toCallerId } from '@cyberstroll/access';
import { AppError } from '@cyberstroll/runtime';
import type { Response } from 'express';

/** Streams that one API key may have from one replica at a time: each reads for minutes where results are many. */
const PER_KEY = 2;
const RETRY_AFTER_SECONDS = 10;

/** Takes a place for an answer until it is closed. Throws AppError `overloaded` `too_many_exports` if all are taken. */
export type TakeExportPlace = (caller: Caller, response: Response) => void;

export function createExportPlaces(): TakeExportPlace {
  const taken = new Map<string, number>();
  return (caller, response) => {
    const key = toCallerId(caller);
    const count = taken.get(key) ?? 0;
    if (count >= PER_KEY) throw new AppError('too_many_exports', { retry_after_seconds: RETRY_AFTER_SECONDS });
    taken.set(key, count + 1);
    response.once('close', () => {
      const left = taken.get(key)! - 1;
      if (left > 0) taken.set(key, left);
      else taken.delete(key);
    });
  };
}
