import { AppError, type Component, createComponent, delay } from '@cyberstroll/runtime';
import type { RequestHandler } from 'express';
import { ANSWER_WITHIN_MS } from './add-operations';

export interface RequestDrain extends Component {
  middleware: RequestHandler;
}

/**
 * Counts the open requests. When it stops, it refuses new ones with 503 and waits for the open ones; the stores close
 * after it.
 */
export function createRequestDrain(): RequestDrain {
  let draining = false;
  let underWay = 0;
  const idle = new AbortController();
  return {
    ...createComponent('request drain', {
      async stop() {
        draining = true;
        if (underWay > 0) await delay(ANSWER_WITHIN_MS, idle.signal);
      },
    }),
    middleware(_request, response, next) {
      if (draining) {
        response.set('connection', 'close');
        throw new AppError('draining');
      }
      underWay += 1;
      response.once('close', () => {
        underWay -= 1;
        if (draining && underWay === 0) idle.abort();
      });
      next();
    },
  };
}
