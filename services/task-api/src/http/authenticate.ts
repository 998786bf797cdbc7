import {
  AppError,
  type Caller,
  createRateLimit,
  findApiKey,
  findClientAddress,
  hasRole,
  type Role,
} from '@cyberstroll/runtime';
import type { RequestHandler, Response } from 'express';
import type { Config } from '../config';
import { isPreflight } from './cors';

const CALLER = 'caller';

export const findCaller = (response: Response): Caller | undefined => response.locals?.[CALLER] as Caller | undefined;

/** Who calls. Only behind `authenticate`. */
export function getCaller(response: Response): Caller {
  const caller = findCaller(response);
  if (!caller) throw new AppError('unauthorised');
  return caller;
}

const MAX_REFUSED_PER_MINUTE = 300;

/**
 * Who has no valid key is counted by address, so that nobody guesses quickly, and none of it is counted against anyone who has
 * one, whatever comes from the same address. A preflight has none, and learns only the methods of a path.
 */
export function authenticate({
  API_KEYS: keys,
  TRUST_PROXY: isTrusted,
}: Pick<Config, 'API_KEYS' | 'TRUST_PROXY'>): RequestHandler {
  const refusals = createRateLimit({ limit: MAX_REFUSED_PER_MINUTE, windowMs: 60_000 });

  return (request, response, next) => {
    if (isPreflight(request, response)) return next();
    const secret = findApiKey(request.headers);
    const caller = secret === undefined ? undefined : keys.findCaller(secret);
    if (caller) {
      response.locals[CALLER] = caller;
      return next();
    }
    const seconds = refusals.take(findClientAddress(request, isTrusted), performance.now());
    if (seconds !== undefined) {
      const detail = `${MAX_REFUSED_PER_MINUTE} without a valid API key are the limit per minute and address`;
      throw new AppError('rate_limited', { detail, retry_after_seconds: seconds });
    }
    const detail = secret === undefined ? 'send Authorization: Bearer <key>' : 'the API key is not known';
    throw new AppError('unauthorised', { detail });
  };
}

export const requireRole =
  (least: Role): RequestHandler =>
  (_request, response, next) => {
    const { name, role } = getCaller(response);
    if (!hasRole({ name, role }, least)) {
      throw new AppError('forbidden', { detail: `it needs the role ${least}; key ${name} has ${role}` });
    }
    next();
  };
