import { createHash } from 'node:crypto';
import type { ErrorKind } from '@cyberstroll/contracts';
import { AppError, type Logger, toAppError } from '@cyberstroll/runtime';
import { type Store, toCallerId } from '@cyberstroll/store';
import type { Request, RequestHandler, Response } from 'express';
import type { Answer } from './add-operations';
import { getCaller } from './caller';
import { findBodyDigest, readIdempotencyKey } from './read-request';

interface Deps {
  store: Pick<Store, 'idempotency'>;
  logger: Logger;
}

/** What is kept of an answer. */
type ToKept = (answer: Answer) => Answer;
export type Post = (request: Request, response: Response) => Promise<Answer>;

const LOCAL = 'idempotency';

/** Provides the dependencies of `onceUnderKey` to every route behind it. */
export const provideIdempotency =
  (deps: Deps): RequestHandler =>
  (_request, response, next) => {
    response.locals[LOCAL] = deps;
    next();
  };

/** After these errors nothing has changed, so the key is free again. After any other error that is unknown. */
const CHANGED_NOTHING: readonly ErrorKind[] = ['invalid', 'forbidden', 'missing', 'conflict', 'overloaded'];

/**
 * Carries a POST out once per caller and `Idempotency-Key`, for 24 h. A repeat gets the answer of `repeat`, or else the
 * first answer, or what `toKept` makes of it. The same key with another path or body is refused. A POST without a key
 * is carried out each time. So is a repeat if the process died before it stored that the command was done; every
 * command can safely be repeated.
 */
export const onceUnderKey =
  (
    path: string,
    post: Post,
    { repeat, toKept = (answer) => answer }: { repeat?: Post | undefined; toKept?: ToKept | undefined } = {},
  ): Post =>
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
    // The command is done, so the caller gets the answer in any case. If this write fails, a repeat is carried out
    // again.
    await store.idempotency
      .complete(name, fingerprint, repeat ? undefined : toKept(answer), new Date())
      .catch((err) => logger.warn({ err }, 'idempotency key not noted'));
    return answer;
  };

/** Each caller has its own keys: two callers may use the same text. */
export const toKeyName = (response: Response, key: string): string => `${toCallerId(getCaller(response))}:${key}`;

export const keyReused = (detail = 'use a new key'): AppError =>
  new AppError('idempotency_key_reused', { detail, field: 'Idempotency-Key' });

const toFingerprint = (path: string, request: Request): string =>
  createHash('sha256')
    .update(`${path} ${JSON.stringify(request.params)} ${findBodyDigest(request)}`)
    .digest('hex');
