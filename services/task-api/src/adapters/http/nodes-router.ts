import { Router } from 'express';
import { toNodeView } from '../../core/node-view';
import { addRoute } from './add-route';
import type { AppDeps } from './app-deps';

/** The fleet. */
export function createNodesRouter({ store }: Pick<AppDeps, 'store'>): Router {
  const router = Router();
  addRoute(router, '/api/nodes', {
    async get(_request, response) {
      response.json({ items: (await store.nodes.findNodes()).map(toNodeView) });
    },
  });
  return router;
}
