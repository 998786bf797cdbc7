import { AppError, type Component, createComponent, delay } from '@cyberstroll/runtime';
import type { RequestHandler, Response } from 'express';

export interface RequestDrain extends Component {
  middleware: RequestHandler;
}

/** For how long a service that ends waits for open requests, in milliseconds: it has 15 s in all. */
const DRAIN_MS = 8_000;

/**
 * Knows the open requests. When it stops, it refuses new ones with 503 and waits for the open ones; the stores close
 * after it. Streams that are not at their end by then are cut off.
 */
export function createRequestDrain(): RequestDrain {
  let draining = false;
  const underWay = new Set<Response>();
  const idle = new AbortController();
  return {
    ...createComponent('request drain', {
      async stop() {
        draining = true;
        if (underWay.size > 0) await delay(DRAIN_MS, idle.signal);
        // What is left is streams: a client with a part of one sees that it is cut off.
        for (const response of underWay) if (response.headersSent) response.destroy();
      },
    }),
    middleware(_request, response, next) {
      if (draining) {
        response.set('connection', 'close');
        throw new AppError('draining');
      }
      underWay.add(response);
      response.once('close', () => {
        underWay.delete(response);
        if (draining && underWay.size === 0) idle.abort();
      });
      next();
    },
  };
}
