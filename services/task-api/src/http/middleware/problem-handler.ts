import { type Logger, logFailure } from '@cyberstroll/runtime';
import type { ErrorRequestHandler } from 'express';
import { toProblem } from '../../core/requests/problem';
import type { Audit } from './audit';
import { getRequestId } from './request-id';

/**
 * Answers a request whose handler threw. Facts that the client may not see are logged under the same request id. An
 * answer that has begun is cut off: its client sees that the end is missing.
 */
export function createProblemHandler(audit: Pick<Audit, 'complete'>, logger: Logger): ErrorRequestHandler {
  return async (error, _request, response, _next) => {
    if (response.headersSent) {
      logger.warn({ request_id: getRequestId(response), reason: (error as Error).message }, 'answer cut off');
      response.destroy();
      return;
    }
    const problem = toProblem(error, getRequestId(response));
    const facts = { request_id: problem.request_id, code: problem.code };
    if (problem.status === 503) logFailure(logger, { ...facts, err: error }, 'request failed');
    else if (problem.status >= 500) logger.error({ ...facts, err: error }, 'request failed');
    await audit.complete(response, { status: problem.status, code: problem.code });
    if (problem.status === 401) response.set('www-authenticate', 'Bearer');
    if (problem.status === 405) response.set('allow', problem.allowed?.join(', ') ?? '');
    const retryAfter = problem['retry_after_seconds'];
    if (typeof retryAfter === 'number') response.set('retry-after', String(Math.ceil(retryAfter)));
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  };
}
