import { createRateLimit, toCallerId } from '@cyberstroll/access';
import { AppError } from '@cyberstroll/runtime';
import type { Request, RequestHandler } from 'express';
import { getCaller } from '../caller';
import { MAX_BODY_BYTES } from '../read-request';
import { isPreflight } from './cors';

const WINDOW_MS = 60_000;
/**
 * A request counts as one, and as one more for each of these bytes of its body: the largest bodies cost as much CPU
 * time as a hundred small requests or more.
 */
const BYTES_OF_A_REQUEST = 4_096;

/**
 * Limits requests by API key, to `perMinute` unless the key has a limit of its own; must be behind `authenticate`. Each
 * replica counts separately.
 */
export function limitPerKey(perMinute: number): RequestHandler {
  const rate = createRateLimit({ limit: perMinute, windowMs: WINDOW_MS });
  return (request, response, next) => {
    if (isPreflight(request, response)) return next();
    const caller = getCaller(response);
    const limit = caller.requestsPerMinute ?? perMinute;
    const cost = toCost(request);
    const { isAccepted, left, seconds } = rate.spend(toCallerId(caller), performance.now(), { cost, limit });
    response.set({
      'RateLimit-Policy': `"key"; q=${limit}; w=${WINDOW_MS / 1_000}`,
      RateLimit: `"key"; r=${left}; t=${seconds}`,
    });
    if (isAccepted) return next();
    const detail =
      `too many requests; the limit is ${limit} per minute and API key, and each ${BYTES_OF_A_REQUEST} bytes of a body ` +
      'count as one more';
    throw new AppError('rate_limited', { detail, retry_after_seconds: seconds });
  };
}

/** A body whose length is not said counts as the largest. It is not read yet: a longer one is refused. */
function toCost({ headers }: Request): number {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  const bytes = encoding === undefined ? Number(length ?? 0) : MAX_BODY_BYTES;
  return 1 + Math.floor(Math.min(bytes, MAX_BODY_BYTES) / BYTES_OF_A_REQUEST);
}
