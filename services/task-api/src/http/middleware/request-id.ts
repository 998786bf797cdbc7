import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const REQUEST_ID = 'request_id';

/** Gives each request an id: the client's `X-Request-Id` if it is valid, else a new one. */
export const giveRequestId: RequestHandler = (request, response, next) => {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
  response.locals[REQUEST_ID] = id;
  response.setHeader('x-request-id', id);
  next();
};

/** Use it only behind `giveRequestId`. */
export const getRequestId = (response: Response): string => response.locals[REQUEST_ID] as string;
