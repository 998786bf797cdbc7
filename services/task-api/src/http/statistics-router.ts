import { Router } from 'express';
import { addRoute } from './add-route';
import type { AppDeps } from './app-deps';

/** The statistics of all tasks, nodes and queues. */
export function createStatisticsRouter({ statistics }: Pick<AppDeps, 'statistics'>): Router {
  const router = Router();
  addRoute(router, '/api/statistics', {
    async get(_request, response) {
      response.json(await statistics());
    },
  });
  return router;
}
