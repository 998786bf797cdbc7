import {
  deadLetterIdSchema,
  discardDeadLettersBodySchema,
  listDeadLettersQuerySchema,
  replayDeadLettersBodySchema,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { type Request, Router } from 'express';
import { z } from 'zod';
import { discardDeadLetters, replayDeadLetters } from '../adapters/replay-dead-letters';
import { addRoute } from './add-route';
import type { AppDeps } from './app-deps';
import { getCaller } from './authenticate';
import { readBody, readQuery } from './read-request';

const querySchema = listDeadLettersQuerySchema.extend({
  cursor: z
    .string()
    .regex(/^\d{1,15}-[0-9a-f]{32}$/, 'must be a next_cursor of this list')
    .optional(),
});

/** Time limit of calls that work on many dead letters, in milliseconds. */
const MANY_WITHIN_MS = 25_000;

/** Dead letters: list, read, replay and discard them. Their content is shown as text and never parsed here. */
export function createDeadLettersRouter(deps: Pick<AppDeps<'deadLetters'>, 'store' | 'publisher' | 'logger'>): Router {
  const router = Router();

  addRoute(router, '/api/dead-letters', {
    getReadsQuery: true,
    async get(request, response) {
      response.json(await deps.store.deadLetters.findPage(readQuery(querySchema, request)));
    },
  });

  addRoute(router, '/api/dead-letters/replay', {
    withinMs: MANY_WITHIN_MS,
    async post(request, response) {
      const body = readBody(replayDeadLettersBodySchema, request);
      return { body: await replayDeadLetters(deps, body, getCaller(response).name) };
    },
  });

  addRoute(router, '/api/dead-letters/discard', {
    postRole: 'admin',
    withinMs: MANY_WITHIN_MS,
    async post(request, response) {
      const body = readBody(discardDeadLettersBodySchema, request);
      return { body: await discardDeadLetters(deps, body, getCaller(response).name) };
    },
  });

  addRoute(router, '/api/dead-letters/:dead_letter_id', {
    async get(request, response) {
      response.json(await deps.store.deadLetters.getDeadLetter(readDeadLetterId(request)));
    },
  });

  return router;
}

/** An invalid id gets the answer of an unknown one: 404. */
function readDeadLetterId(request: Request): string {
  const parsed = deadLetterIdSchema.safeParse(request.params['dead_letter_id']);
  if (parsed.success) return parsed.data;
  throw new AppError('dead_letter_not_found', { field: 'dead_letter_id' });
}
