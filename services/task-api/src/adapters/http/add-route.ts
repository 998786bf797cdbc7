import { AppError, type Role, within } from '@cyberstroll/runtime';
import type { Request, Response, Router } from 'express';
import { requireRole } from './authenticate';
import { receiveBody, refuseQuery } from './read-request';

export type Handler = (request: Request, response: Response) => Promise<void> | void;

/** The longest that a caller waits, in milliseconds: an engine that hangs is told as one that is away. */
export const ANSWER_WITHIN_MS = 8_000;

/**
 * A path with its methods: reading is for viewers, all else for operators, or as `postRole` says; any other method is 405.
 * Query parameters are refused, but for a `get` that says it reads them. Where no answer comes within `withinMs` it is 503.
 */
export function addRoute(
  router: Router,
  path: string,
  handlers: { get?: Handler; getReadsQuery?: boolean; post?: Handler; postRole?: Role; withinMs?: number },
): void {
  const route = router.route(path);
  const answer =
    (handle: Handler): Handler =>
    (request, response) =>
      within(
        (async () => handle(request, response))(),
        handlers.withinMs ?? ANSWER_WITHIN_MS,
        () => new AppError('transient', 'no_answer_in_time', 'an engine did not answer in time'),
      );
  if (handlers.get) route.get(requireRole('viewer'), handlers.getReadsQuery ? [] : [refuseQuery], answer(handlers.get));
  if (handlers.post)
    route.post(requireRole(handlers.postRole ?? 'operator'), refuseQuery, receiveBody, answer(handlers.post));
  const allowed = [...(handlers.get ? ['GET', 'HEAD'] : []), ...(handlers.post ? ['POST'] : [])];
  route.all((request) => {
    const message = `${request.method} is not possible here; allowed: ${allowed.join(', ')}`;
    throw new AppError('invalid', 'method_not_allowed', message, { allowed });
  });
}
