import { AppError, type Role, within } from '@cyberstroll/runtime';
import type { Request, Response, Router } from 'express';
import { requireRole } from './authenticate';
import { answerPreflight, isPreflight } from './cors';
import { onceUnderKey } from './idempotency';
import { receiveBody, refuseQuery } from './read-request';

export type Handler = (request: Request, response: Response) => Promise<void> | void;

/** What a POST is answered: 200 unless it says otherwise, as JSON. */
export interface Answer {
  status?: number;
  location?: string;
  body: unknown;
}
export type Post = (request: Request, response: Response) => Promise<Answer>;

/** The longest that a caller waits, in milliseconds: an engine that hangs is told as one that is away. */
export const ANSWER_WITHIN_MS = 8_000;

interface Handlers {
  get?: Handler;
  getReadsQuery?: boolean;
  post?: Post;
  /** What a repeat of the POST under its `Idempotency-Key` is answered; what the first one was where it is not given. */
  repeat?: Post;
  /** The POST looks after its `Idempotency-Key` itself. */
  postKeepsKeys?: boolean;
  postRole?: Role;
  withinMs?: number;
}

/**
 * A path with its methods: reading is for viewers, all else for operators, or as `postRole` says; any other method is 405.
 * Query parameters are refused, but for a `get` that says it reads them. Where no answer comes within `withinMs` it is 503.
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
    throw new AppError('method_not_allowed', { detail: `${request.method}; allowed: ${allowed.join(', ')}`, allowed });
  });
}
