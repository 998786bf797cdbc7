import {
  type Caller,
  findClientAddress,
  findCredential,
  findProhibition,
  isForeignCommand,
  type KeyRing,
  NOT_VALID,
  type Refusals,
  type SessionRing,
  TOO_MANY_REFUSED,
} from '@cyberstroll/access';
import type { OperationId } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { Request, RequestHandler } from 'express';
import type { Config } from '../../config';
import { getCaller, setCaller } from '../caller';
import { isPreflight } from './cors';
import { getRequestId } from './request-id';

interface Deps {
  keys: Pick<KeyRing, 'findCaller'>;
  sessions: Pick<SessionRing, 'findCaller' | 'watch'>;
  refusals: Refusals;
}

/**
 * Checks the API key, or without one the session cookie. Requests without a valid one are counted by address. A
 * preflight has no key; its answer has only the methods of a path.
 */
export function authenticate(
  { keys, sessions, refusals }: Deps,
  { TRUST_PROXY: isTrusted }: Pick<Config, 'TRUST_PROXY'>,
): RequestHandler {
  async function findBySession(request: Request, secret: string): Promise<Caller | undefined> {
    const caller = await sessions.findCaller(secret);
    if (caller && isForeignCommand(request, isTrusted)) throw new AppError('cross_site_request');
    return caller;
  }

  return async (request, response, next) => {
    if (isPreflight(request, response)) return next();
    const credential = findCredential(request.headers);
    const caller =
      credential?.kind === 'session'
        ? await findBySession(request, credential.secret)
        : credential && (await keys.findCaller(credential.secret));
    if (caller) {
      setCaller(response, caller, sessions);
      return next();
    }
    const address = findClientAddress(request, isTrusted);
    const seconds = refusals.note({ address, requestId: getRequestId(response), tried: credential?.kind });
    if (seconds !== undefined) {
      throw new AppError('rate_limited', { detail: TOO_MANY_REFUSED, retry_after_seconds: seconds });
    }
    const detail = credential ? NOT_VALID[credential.kind] : 'send Authorization: Bearer <key>';
    throw new AppError('unauthorised', { detail });
  };
}

/** Refuses an operation to callers whose role or networks do not allow it. */
export const authorize =
  (id: OperationId): RequestHandler =>
  (_request, response, next) => {
    const detail = findProhibition(getCaller(response), id);
    if (detail !== undefined) throw new AppError('forbidden', { detail });
    next();
  };
