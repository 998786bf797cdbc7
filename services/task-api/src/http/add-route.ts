import { AppError, type Role, within } from '@cyberstroll/runtime';
import type { Request, Response, Router } from 'express';
import { requireRole } from './authenticate';
import { answerPreflight, isPreflight } from './cors';
import { onceUnderKey } from './idempotency';
import { receiveBody, refuseQuery } from './read-request';

export type Handler = (request: Request, response: Response) => Promise<void> | void;

/** The answer to a POST, sent as JSON. `status` is 200 by default. */
export interface Answer {
  status?: number;
  location?: string;
  body: unknown;
}
export type Post = (request: Request, response: Response) => Promise<Answer>;

/**
 * The longest time to an answer, in milliseconds. A backing service that hangs is reported like one that is unavailable
 * (503).
 */
export const ANSWER_WITHIN_MS = 8_000;

interface Handlers {
  get?: Handler;
  getReadsQuery?: boolean;
  post?: Post;
  /** Answers a repeat of the POST under the same `Idempotency-Key`. By default the repeat gets the first answer. */
  repeat?: Post;
  /** The POST handles its `Idempotency-Key` itself. */
  postKeepsKeys?: boolean;
  postRole?: Role;
  withinMs?: number;
}

/**
 * Adds a path with its methods. GET needs the role viewer, POST needs operator or `postRole`; any other method gets
 * 405. Query parameters are refused unless `getReadsQuery` is set. Without an answer within `withinMs` (default 8,000)
 * the request gets 503.
 */
export function addRoute(router: Router, path: string, handlers: Handlers): void {
  const { get, post, withinMs = ANSWER_WITHIN_MS } = handlers;
  const route = router.route(path);
  const inTime = <Result>(work: Promise<Result>): Promise<Result> =>
    within(work, withinMs, () => new AppError('no_answer_in_time'));
  if (get) {
    route.get(
      requireRole('viewer'),
      handlers.getReadsQuery ? [] : [refuseQuery],
      (request: Request, response: Response) => inTime((async () => get(request, response))()),
    );
  }
  if (post) {
    const once = handlers.postKeepsKeys ? post : onceUnderKey(path, post, handlers.repeat);
    route.post(
      requireRole(handlers.postRole ?? 'operator'),
      refuseQuery,
      receiveBody,
      async (request: Request, response: Response) => {
        const { status = 200, location, body } = await inTime(once(request, response));
        if (location !== undefined) response.location(location);
        response.status(status).json(body);
      },
    );
  }
  const allowed = [...(get ? ['GET', 'HEAD'] : []), ...(post ? ['POST'] : [])];
  route.all((request, response) => {
    if (isPreflight(request, response)) return answerPreflight(response, allowed);
    throw new AppError('method_not_allowed', {
      detail: `${request.method} is not allowed here; allowed: ${allowed.join(', ')}`,
      allowed,
    });
  });
}
