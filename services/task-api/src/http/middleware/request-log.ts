import { randomUUID } from 'node:crypto';
import { type Logger, toTraceId } from '@cyberstroll/runtime';
import type { RequestHandler, Response } from 'express';
import { pinoHttp } from 'pino-http';
import { findCaller } from '../caller';
import { findTraceparent } from './request-trace';

/** Longer paths are cut, so that clients without a key cannot fill the log. */
const MAX_PATH = 200;

/** The query is never logged: it may hold a secret that a client put there by mistake. */
const toLoggedPath = (url: string) => url.split('?', 1)[0]!.slice(0, MAX_PATH);

/**
 * One line per request: method, path, status, caller, duration, trace. Headers, queries and bodies are never logged.
 * Reads are logged as debug, commands and refusals as info, failures as warn. A 503 is a refusal: why is logged once
 * for an outage. Each request gets an id: the client's `X-Request-Id` if valid, else a new one.
 */
export function createRequestLog(logger: Logger): RequestHandler {
  return pinoHttp({
    logger,
    genReqId(request, response) {
      const given = request.headers['x-request-id'];
      const id = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
      response.setHeader('x-request-id', id);
      return id;
    },
    serializers: {
      req: ({ id, method, url }: { id: string; method: string; url: string }) => ({
        id,
        method,
        path: toLoggedPath(url),
      }),
      res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
      // pino-http invents an error for each 5xx; the problem handler logs the real one.
      err: () => undefined,
    },
    customProps: (_request, response) => ({
      caller: findCaller(response as Response)?.name,
      trace_id: toTraceId(findTraceparent(response as Response)),
    }),
    customAttributeKeys: { responseTime: 'duration_ms' },
    customLogLevel(request, response) {
      if (response.statusCode >= 500 && response.statusCode !== 503) return 'warn';
      return request.method === 'GET' && response.statusCode < 400 ? 'debug' : 'info';
    },
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
  });
}
