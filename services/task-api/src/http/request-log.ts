import { randomUUID } from 'node:crypto';
import { type Logger, toTraceId } from '@cyberstroll/runtime';
import type { RequestHandler, Response } from 'express';
import { pinoHttp } from 'pino-http';
import { findCaller } from './authenticate';
import { findTraceparent } from './request-trace';

/** A longer path is cut: whoever has no key writes little here. */
const MAX_PATH = 200;

/** What follows the `?` may be a secret that stands in the wrong place. */
const toLoggedPath = (url: string) => url.split('?', 1)[0]!.slice(0, MAX_PATH);

/**
 * One line per request: method, path, status, caller, duration, trace. No header, no query and no body is ever logged. Reads are debug;
 * commands info; refusals info; failures warn and above. Gives each request its id, or takes the client's.
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
        ...{ id, method, path: toLoggedPath(url) },
      }),
      res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
      // pino-http makes one up for each 5xx; the problem handler logs the real one.
      err: () => undefined,
    },
    customProps: (_request, response) => ({
      caller: findCaller(response as Response)?.name,
      trace_id: toTraceId(findTraceparent(response as Response)),
    }),
    customAttributeKeys: { responseTime: 'duration_ms' },
    customLogLevel(request, response) {
      if (response.statusCode >= 500) return 'warn';
      return request.method === 'GET' && response.statusCode < 400 ? 'debug' : 'info';
    },
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
  });
}
