import type { Role } from '@cyberstroll/contracts';
import {
  AppError,
  createRateLimit,
  findApiKey,
  findClientAddress,
  findSessionSecret,
  hasRole,
  isSameOrigin,
} from '@cyberstroll/runtime';
import type { KeyCaller, KeyRing, SessionRing } from '@cyberstroll/store';
import type { Request, RequestHandler } from 'express';
import type { Config } from '../../config';
import { recordRefusedLogin } from './audit';
import { getCaller, setCaller } from './caller';
import { isPreflight } from './cors';

const MAX_REFUSED_PER_MINUTE = 300;

/** These change nothing, and no other site reads their answers. */
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Checks the API key, or without one the session cookie. A browser adds the cookie to whatever a page sends, so by
 * cookie a command must come from a page of this origin. Requests without a valid key are counted by address, so that
 * nobody can guess keys quickly. Requests with a valid key are never limited by that count. A preflight has no key; its
 * answer has only the methods of a path.
 */
export function authenticate(
  { keys, sessions }: { keys: Pick<KeyRing, 'findCaller'>; sessions: Pick<SessionRing, 'findCaller' | 'watch'> },
  { TRUST_PROXY: isTrusted }: Pick<Config, 'TRUST_PROXY'>,
): RequestHandler {
  const refusals = createRateLimit({ limit: MAX_REFUSED_PER_MINUTE, windowMs: 60_000 });

  async function findBySession(request: Request): Promise<KeyCaller | undefined> {
    const secret = findSessionSecret(request.headers);
    const caller = secret === undefined ? undefined : await sessions.findCaller(secret);
    if (caller && !READS.has(request.method) && !isSameOrigin(request, isTrusted)) {
      throw new AppError('cross_site_request');
    }
    return caller;
  }

  return async (request, response, next) => {
    if (isPreflight(request, response)) return next();
    const secret = findApiKey(request.headers);
    const caller = secret === undefined ? await findBySession(request) : keys.findCaller(secret);
    if (caller) {
      setCaller(response, caller, sessions);
      return next();
    }
    recordRefusedLogin(request, response);
    const seconds = refusals.take(findClientAddress(request, isTrusted), performance.now());
    if (seconds !== undefined) {
      const detail = `too many requests without a valid API key; the limit is ${MAX_REFUSED_PER_MINUTE} per minute and address`;
      throw new AppError('rate_limited', { detail, retry_after_seconds: seconds });
    }
    throw new AppError('unauthorised', { detail: toDetail(secret, request) });
  };
}

function toDetail(apiKey: string | undefined, { headers }: Request): string {
  if (apiKey !== undefined) return 'the API key is unknown, revoked or expired';
  if (findSessionSecret(headers) !== undefined) return 'the session has ended; log in again';
  return 'send Authorization: Bearer <key>';
}

export const requireRole =
  (least: Role): RequestHandler =>
  (_request, response, next) => {
    const { name, role } = getCaller(response);
    if (!hasRole({ name, role }, least)) {
      throw new AppError('forbidden', { detail: `this needs the role ${least}; key ${name} has the role ${role}` });
    }
    next();
  };
