import { createHash } from 'node:crypto';
import { toCallerId } from '@cyberstroll/access';
import type { ErrorKind } from '@cyberstroll/contracts';
import { AppError, delay, type Logger, toAppError } from '@cyberstroll/runtime';
import { CLAIM_MS, type Store } from '@cyberstroll/store';
import type { Request, Response } from 'express';
import type { Answer } from '../answers/answer';
import { getCaller } from '../caller';
import { findBodyDigest, readIdempotencyKey } from '../read-request';

export interface IdempotencyDeps {
  store: Pick<Store, 'idempotency'>;
  logger: Logger;
}

/** What all requests under one key share. */
export interface Slot {
  /** The id of what the request creates: 24 hex digits. */
  id: string;
  /** Whether an earlier request may have created it. */
  isRepeat: boolean;
}

/** What is kept of an answer. */
type ToKept = (answer: Answer) => Answer;
export type Post = (request: Request, response: Response, slot?: Slot) => Promise<Answer>;

const HEADER = 'Idempotency-Key';

/**
 * A request waits for the answer of an equal one for this many milliseconds: longer than the claim of a dead process
 * lasts, and shorter than any request may take.
 */
const WAIT_MS = CLAIM_MS + 1_000;
const ASK_AGAIN_MS = 100;
const RENEW_MS = CLAIM_MS / 4;

/** After these errors nothing has changed, so the key is free again. After any other error that is unknown. */
const CHANGED_NOTHING: readonly ErrorKind[] = ['invalid', 'forbidden', 'missing', 'conflict', 'overloaded'];

/**
 * Carries a POST out once per caller and `Idempotency-Key`, for 24 h. A repeat gets the answer of `repeat`, or else the
 * first answer, or what `toKept` makes of it. While the first one is under way it waits, and is then refused. The same
 * key with another path or body is refused. A POST without a key is carried out each time. So is a repeat if the
 * process died before it stored that the command was done: what creates something finds by the `Slot` that it is there,
 * and every other command can safely be repeated.
 */
export const onceUnderKey =
  (
    { store, logger }: IdempotencyDeps,
    path: string,
    post: Post,
    { repeat, toKept = (answer) => answer }: { repeat?: Post | undefined; toKept?: ToKept | undefined } = {},
  ): Post =>
  async (request, response) => {
    const key = readIdempotencyKey(request);
    if (key === undefined) return post(request, response);
    const claim = await claimKey(store, toKeyName(response, key), toFingerprint(path, request));
    if (claim.state === 'done') {
      return repeat ? repeat(request, response, { id: claim.id, isRepeat: true }) : (claim.answer as Answer);
    }

    const renewal = setInterval(() => store.idempotency.renew(claim).catch(() => undefined), RENEW_MS);
    try {
      const answer = await post(request, response, claim);
      // The command is done, so the caller gets the answer in any case. If this write fails, a repeat is carried out
      // again.
      await store.idempotency
        .complete(claim, repeat ? undefined : toKept(answer))
        .catch((err) => logger.warn({ err }, 'idempotency key not noted'));
      return answer;
    } catch (error) {
      const changedNothing = CHANGED_NOTHING.includes(toAppError(error).kind);
      await store.idempotency.release(claim, changedNothing).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(renewal);
    }
  };

/** Waits while an equal request has the key. */
async function claimKey({ idempotency }: IdempotencyDeps['store'], name: string, fingerprint: string) {
  const giveUpAt = performance.now() + WAIT_MS;
  for (;;) {
    const claim = await idempotency.claim(name, fingerprint);
    if (claim.state === 'of_another')
      throw new AppError('idempotency_key_reused', { detail: 'use a new key', field: HEADER });
    if (claim.state !== 'in_use') return claim;
    if (performance.now() >= giveUpAt) {
      throw new AppError('idempotency_key_in_use', { field: HEADER, retry_after_seconds: 1 });
    }
    await delay(ASK_AGAIN_MS);
  }
}

/** Each caller has its own keys: two callers may use the same text. */
const toKeyName = (response: Response, key: string): string => `${toCallerId(getCaller(response))}:${key}`;

const toFingerprint = (path: string, request: Request): string =>
  createHash('sha256')
    .update(`${path} ${JSON.stringify(request.params)} ${findBodyDigest(request)}`)
    .digest('hex');
