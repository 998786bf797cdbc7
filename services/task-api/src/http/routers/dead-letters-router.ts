import { Router } from 'express';
import { discardDeadLetters, replayDeadLetters } from '../../adapters/replay-dead-letters';
import { addOperations } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** Time limit of calls that work on many dead letters, in milliseconds. */
const MANY_WITHIN_MS = 25_000;

/** Dead letters: list, read, replay and discard them. Their content is shown as text and never parsed here. */
export function createDeadLettersRouter(deps: Pick<AppDeps<'deadLetters'>, 'store' | 'publisher' | 'logger'>): Router {
  const router = Router();
  const { deadLetters } = deps.store;
  addOperations(router, {
    listDeadLetters: async ({ query }) => ({ body: await deadLetters.findPage(query) }),
    getDeadLetter: async ({ params }) => ({ body: await deadLetters.getDeadLetter(params.dead_letter_id) }),
    replayDeadLetters: {
      withinMs: MANY_WITHIN_MS,
      run: async ({ body, caller }) => ({ body: await replayDeadLetters(deps, body, caller.name) }),
    },
    discardDeadLetters: {
      withinMs: MANY_WITHIN_MS,
      run: async ({ body, caller }) => ({ body: await discardDeadLetters(deps, body, caller.name) }),
    },
  });
  return router;
}
