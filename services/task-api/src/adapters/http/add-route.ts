import { AppError, type Role } from '@cyberstroll/runtime';
import type { Request, Response, Router } from 'express';
import { requireRole } from './authenticate';
import { receiveBody, refuseQuery } from './read-request';

export type Handler = (request: Request, response: Response) => Promise<void> | void;

/**
 * A path with its methods: reading is for viewers, all else for operators, or as `postRole` says; any other method is 405.
 * Query parameters are refused, but for a `get` that says it reads them.
 */
export function addRoute(
  router: Router,
  path: string,
  handlers: { get?: Handler; getReadsQuery?: boolean; post?: Handler; postRole?: Role },
): void {
  const route = router.route(path);
  if (handlers.get) route.get(requireRole('viewer'), handlers.getReadsQuery ? [] : [refuseQuery], handlers.get);
  if (handlers.post) route.post(requireRole(handlers.postRole ?? 'operator'), refuseQuery, receiveBody, handlers.post);
  const allowed = [...(handlers.get ? ['GET', 'HEAD'] : []), ...(handlers.post ? ['POST'] : [])];
  route.all((request) => {
    const message = `${request.method} is not possible here; allowed: ${allowed.join(', ')}`;
    throw new AppError('invalid', 'method_not_allowed', message, { allowed });
  });
}
