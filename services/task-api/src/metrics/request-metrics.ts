import { EVENT_STREAM } from '@cyberstroll/contracts';
import { Counter, Histogram, type Registry } from '@cyberstroll/runtime';
import type { RequestHandler } from 'express';

/** Counts requests by the pattern of their route. The path itself is not used: it holds ids. */
export function createRequestMetrics(registry: Registry): RequestHandler {
  const registers = [registry];
  const requests = new Counter({
    name: 'cyberstroll_http_requests_total',
    help: 'Requests by method, route and status; 499 if the client disconnected before the answer',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'cyberstroll_http_request_seconds',
    help: 'Seconds from the start of a request to the end of its answer',
    labelNames: ['method', 'route'],
    buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers,
  });
  return (request, response, next) => {
    const end = seconds.startTimer();
    response.once('close', () => {
      const { route } = request as { route?: { path: string } };
      // A request that was refused before routing has no route.
      const labels = { method: toMethod(request.method), route: route?.path ?? 'none' };
      // A stream of events takes as long as its task.
      if (!String(response.getHeader('content-type')).startsWith(EVENT_STREAM)) end(labels);
      requests.inc({ ...labels, status: response.writableFinished ? response.statusCode : 499 });
    });
    next();
  };
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Keeps the number of label values small, whatever a client sends. */
const toMethod = (method: string) => (METHODS.has(method) ? method : 'other');
