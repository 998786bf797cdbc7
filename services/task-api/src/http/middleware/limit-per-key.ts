import { toCallerId } from '@cyberstroll/access';
import { AppError } from '@cyberstroll/runtime';
import type { RequestHandler, Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import { getCaller } from '../caller';
import { isPreflight } from './cors';

const WINDOW_MS = 60_000;

/**
 * Limits requests by API key, to `perMinute` unless the key has a limit of its own; must be behind `authenticate`. Each
 * replica counts separately.
 */
export function limitPerKey(perMinute: number): RequestHandler {
  const toLimit = (response: Response) => getCaller(response).requestsPerMinute ?? perMinute;
  return rateLimit({
    windowMs: WINDOW_MS,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    limit: (_request, response) => toLimit(response),
    skip: isPreflight,
    keyGenerator: (_request, response) => toCallerId(getCaller(response)),
    handler(_request, response, next) {
      const seconds = Number(response.getHeader('retry-after')) || WINDOW_MS / 1_000;
      next(
        new AppError('rate_limited', {
          detail: `too many requests; the limit is ${toLimit(response)} per minute and API key`,
          retry_after_seconds: seconds,
        }),
      );
    },
  });
}
