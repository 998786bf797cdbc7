import { isAllowedOrigin } from '@cyberstroll/access';
import type { Request, RequestHandler, Response } from 'express';

const EXPOSED = 'ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id';
const REQUEST_HEADERS = 'Authorization, Content-Type, Idempotency-Key, If-Match, Traceparent, X-API-Key, X-Request-Id';
const MAX_AGE_SECONDS = '600';

/** Lets pages of these origins read the answers. Other pages get no CORS header, so their browser blocks the answer. */
export const allowOrigins =
  (origins: readonly string[]): RequestHandler =>
  (request, response, next) => {
    const { origin } = request.headers;
    if (origins.length > 0) response.vary('Origin');
    if (isAllowedOrigin(origin, origins)) {
      response.set({ 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED });
    }
    next();
  };

/** Whether this is a browser's preflight for a page of an allowed origin. It has no API key. */
export const isPreflight = (request: Request, response: Response): boolean =>
  request.method === 'OPTIONS' &&
  request.headers['access-control-request-method'] !== undefined &&
  response.hasHeader('access-control-allow-origin');

/** Answers a preflight with the methods of the route. */
export const answerPreflight = (response: Response, methods: readonly string[]): void =>
  void response
    .set({
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': MAX_AGE_SECONDS,
    })
    .status(204)
    .end();
