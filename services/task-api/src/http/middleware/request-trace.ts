import { startSpan } from '@cyberstroll/runtime';
import type { RequestHandler, Response } from 'express';

const TRACEPARENT = 'traceparent';

/** The trace of the request: the client's, or a new one. Undefined if tracing is off. */
export const findTraceparent = (response: Response): string | undefined =>
  response.locals?.[TRACEPARENT] as string | undefined;

/** Makes each request a span. The name is the method and the pattern of the route. */
export function createRequestTrace(): RequestHandler {
  return (request, response, next) => {
    const { method, path } = request;
    const span = startSpan(method, {
      kind: 'server',
      parent: request.headers['traceparent'],
      begins: true,
      attributes: { 'http.request.method': method, 'url.path': path },
    });
    response.locals[TRACEPARENT] = span.traceparent;
    response.once('close', () => {
      const route = (request as { route?: { path: string } }).route?.path;
      const { statusCode } = response;
      span.end({
        ...(route !== undefined && { name: `${method} ${route}` }),
        ...(statusCode >= 500 && { error: `HTTP ${statusCode}` }),
        attributes: { 'http.response.status_code': statusCode, ...(route !== undefined && { 'http.route': route }) },
      });
    });
    span.run(next);
  };
}
