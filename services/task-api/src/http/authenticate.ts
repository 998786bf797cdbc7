import type { Role } from '@cyberstroll/contracts';
import { AppError, createRateLimit, findApiKey, findClientAddress, hasRole } from '@cyberstroll/runtime';
import type { KeyRing } from '@cyberstroll/store';
import type { RequestHandler } from 'express';
import type { Config } from '../config';
import { recordRefusedLogin } from './audit';
import { getCaller, setCaller } from './caller';
import { isPreflight } from './cors';

const MAX_REFUSED_PER_MINUTE = 300;

/**
 * Checks the API key. Requests without a valid key are counted by address, so that nobody can guess keys quickly.
 * Requests with a valid key are never limited by that count. A preflight has no key; its answer has only the methods of
 * a path.
 */
export function authenticate(
  { keys }: { keys: Pick<KeyRing, 'findCaller' | 'watch'> },
  { TRUST_PROXY: isTrusted }: Pick<Config, 'TRUST_PROXY'>,
): RequestHandler {
  const refusals = createRateLimit({ limit: MAX_REFUSED_PER_MINUTE, windowMs: 60_000 });

  return (request, response, next) => {
    if (isPreflight(request, response)) return next();
    const secret = findApiKey(request.headers);
    const caller = secret === undefined ? undefined : keys.findCaller(secret);
    if (caller) {
      setCaller(response, caller, keys);
      return next();
    }
    recordRefusedLogin(request, response);
    const seconds = refusals.take(findClientAddress(request, isTrusted), performance.now());
    if (seconds !== undefined) {
      const detail = `too many requests without a valid API key; the limit is ${MAX_REFUSED_PER_MINUTE} per minute and address`;
      throw new AppError('rate_limited', { detail, retry_after_seconds: seconds });
    }
    const detail =
      secret === undefined ? 'send Authorization: Bearer <key>' : 'the API key is unknown, revoked or expired';
    throw new AppError('unauthorised', { detail });
  };
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
