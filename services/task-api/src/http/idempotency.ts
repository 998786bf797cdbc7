import { createHash } from 'node:crypto';
import type { ErrorKind } from '@cyberstroll/contracts';
import { AppError, type Logger, toAppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import type { Request, RequestHandler, Response } from 'express';
import type { Answer, Post } from './add-route';
import { getCaller } from './authenticate';
import { findBodyDigest, readIdempotencyKey } from './read-request';

interface Deps {
  store: Pick<Store, 'idempotency'>;
  logger: Logger;
}

const LOCAL = 'idempotency';

/** What `onceUnderKey` works with, for every route behind it. */
export const provideIdempotency =
  (deps: Deps): RequestHandler =>
  (_request, response, next) => {
    response.locals[LOCAL] = deps;
    next();
  };

/** After these nothing has changed, so the key is free again. After any other error that is not known. */
const CHANGED_NOTHING: readonly ErrorKind[] = ['invalid', 'forbidden', 'missing', 'conflict', 'overloaded'];

/**
 * A POST that is carried out once per caller and `Idempotency-Key`, for 24 h. A repeat gets `repeat`'s answer, or the first
 * one's; the key with another path or body is refused. Without a key it is carried out each time. So it is, too, where the
 * first died before it noted that it was done: every command can be repeated.
 */
export const onceUnderKey =
  (path: string, post: Post, repeat?: Post): Post =>
  async (request, response) => {
    const key = readIdempotencyKey(request);
    if (key === undefined) return post(request, response);
    const { store, logger } = response.locals[LOCAL] as Deps;
    const name = toKeyName(response, key);
    const fingerprint = toFingerprint(path, request);

    const claim = await store.idempotency.claim(name, fingerprint, new Date());
    if (claim.state === 'of_another') throw keyReused();
    if (claim.state === 'done') return repeat ? repeat(request, response) : (claim.answer as Answer);

    let answer: Answer;
    try {
      answer = await post(request, response);
    } catch (error) {
      if (CHANGED_NOTHING.includes(toAppError(error).kind)) {
        await store.idempotency.release(name, fingerprint).catch(() => undefined);
      }
      throw error;
    }
    // It is done, and its caller shall know: a repeat is carried out again where this cannot be noted.
    await store.idempotency
      .complete(name, fingerprint, repeat ? undefined : answer, new Date())
      .catch((err) => logger.warn({ err }, 'idempotency key not noted'));
    return answer;
  };

/** A key is its caller's own: another's may be the same. */
export const toKeyName = (response: Response, key: string): string => `${getCaller(response).name}:${key}`;

export const keyReused = (detail = 'use a new key'): AppError =>
  new AppError('idempotency_key_reused', { detail, field: 'Idempotency-Key' });

const toFingerprint = (path: string, request: Request): string =>
  createHash('sha256')
    .update(`${path} ${JSON.stringify(request.params)} ${findBodyDigest(request)}`)
    .digest('hex');
