import { Router } from 'express';
import { addOperations } from './add-operations';
import type { AppDeps } from './app-deps';

/** The statistics of all tasks, nodes and queues. */
export function createStatisticsRouter({ statistics }: Pick<AppDeps, 'statistics'>): Router {
  const router = Router();
  addOperations(router, { getStatistics: async () => ({ body: await statistics() }) });
  return router;
}
