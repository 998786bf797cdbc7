import { type ApiKeys, AppError, type Caller, findApiKey, hasRole, type Role } from '@cyberstroll/runtime';
import type { RequestHandler, Response } from 'express';

const CALLER = 'caller';

export const findCaller = (response: Response): Caller | undefined => response.locals?.[CALLER] as Caller | undefined;

/** Who calls. Only behind `authenticate`. */
export function getCaller(response: Response): Caller {
  const caller = findCaller(response);
  if (!caller) throw new AppError('unauthorised', 'unauthorised', 'an API key is needed');
  return caller;
}

export function authenticate(keys: ApiKeys): RequestHandler {
  return (request, response, next) => {
    const secret = findApiKey(request.headers);
    if (secret === undefined) {
      throw new AppError('unauthorised', 'unauthorised', 'an API key is needed: Authorization: Bearer <key>');
    }
    const caller = keys.findCaller(secret);
    if (!caller) throw new AppError('unauthorised', 'unauthorised', 'the API key is not known');
    response.locals[CALLER] = caller;
    next();
  };
}

export const requireRole =
  (least: Role): RequestHandler =>
  (_request, response, next) => {
    const { name, role } = getCaller(response);
    if (!hasRole({ name, role }, least)) {
      throw new AppError('forbidden', 'forbidden', `this needs the role ${least}; key ${name} has ${role}`);
    }
    next();
  };
