import { type Logger, toTraceId } from '@cyberstroll/runtime';
import type { RequestHandler } from 'express';
import { findCaller } from '../caller';
import { getRequestId } from './request-id';
import { findTraceparent } from './request-trace';

/** Longer paths are cut, so that clients without a key cannot fill the log. */
const MAX_PATH = 200;

/** The query is never logged: it may hold a secret that a client put there by mistake. */
const toLoggedPath = (url: string) => url.split('?', 1)[0]!.slice(0, MAX_PATH);

/**
 * One line per request: method, path, status, caller, duration, trace. Headers, queries and bodies are never logged.
 * Reads are logged as debug, commands and refusals as info, failures as warn. A 503 is a refusal: why is logged once
 * for an outage. Nothing is made for a line that is not written.
 */
export function createRequestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const begunAt = performance.now();
    response.once('close', () => {
      const level = toLevel(request.method, response.statusCode);
      if (!logger.isLevelEnabled(level)) return;
      const { method, originalUrl } = request;
      const line = {
        req: { id: getRequestId(response), method, path: toLoggedPath(originalUrl) },
        caller: findCaller(response)?.name,
        trace_id: toTraceId(findTraceparent(response)),
        res: { status: response.statusCode },
        duration_ms: Math.round(performance.now() - begunAt),
      };
      logger[level](line, 'request');
    });
    next();
  };
}

function toLevel(method: string, status: number): 'debug' | 'info' | 'warn' {
  if (status >= 500 && status !== 503) return 'warn';
  return method === 'GET' && status < 400 ? 'debug' : 'info';
}
