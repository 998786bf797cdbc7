import { AppError } from '@cyberstroll/runtime';
import type { RequestHandler } from 'express';
import { type Options, rateLimit } from 'express-rate-limit';
import { getCaller } from './authenticate';

const WINDOW_MS = 60_000;
const MAX_BAD_KEYS_PER_MINUTE = 300;

const shared: Partial<Options> = {
  windowMs: WINDOW_MS,
  standardHeaders: 'draft-8',
  legacyHeaders: false,
  handler(_request, response, next) {
    const seconds = Number(response.getHeader('retry-after')) || WINDOW_MS / 1_000;
    next(new AppError('overloaded', 'rate_limited', 'too many requests', { retry_after_seconds: seconds }));
  },
};

/** By API key; behind `authenticate`. Each replica counts for itself. */
export const limitPerKey = (perMinute: number): RequestHandler =>
  rateLimit({ ...shared, limit: perMinute, keyGenerator: (_request, response) => getCaller(response).name });

/** By address, counting only requests with a bad key: nobody guesses quickly. */
export const limitBadKeys = (): RequestHandler =>
  rateLimit({
    ...shared,
    limit: MAX_BAD_KEYS_PER_MINUTE,
    standardHeaders: false,
    skipSuccessfulRequests: true,
    requestWasSuccessful: (_request, response) => response.statusCode !== 401,
  });
