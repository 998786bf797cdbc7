import { AppError } from '@cyberstroll/runtime';
import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { getCaller } from './caller';
import { isPreflight } from './cors';

const WINDOW_MS = 60_000;

/** Limits requests by API key; must be behind `authenticate`. Each replica counts separately. */
export const limitPerKey = (perMinute: number): RequestHandler =>
  rateLimit({
    windowMs: WINDOW_MS,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    limit: perMinute,
    skip: isPreflight,
    keyGenerator: (_request, response) => getCaller(response).name,
    handler(_request, response, next) {
      const seconds = Number(response.getHeader('retry-after')) || WINDOW_MS / 1_000;
      next(
        new AppError('rate_limited', {
          detail: `too many requests; the limit is ${perMinute} per minute and API key`,
          retry_after_seconds: seconds,
        }),
      );
    },
  });
