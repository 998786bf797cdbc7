import { type IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Helmet's headers, and none of our answers is stored. They are the same each time, so they are made once. */
export function createUsualHeaders(): RequestHandler {
  const first = new ServerResponse({ method: 'GET' } as IncomingMessage);
  helmet()({} as IncomingMessage, first, () => undefined);
  first.setHeader('cache-control', 'no-store');
  const headers = Object.entries(first.getHeaders()) as [string, string][];
  return (_request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}
