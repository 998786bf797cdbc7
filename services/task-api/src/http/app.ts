import { AppError } from '@cyberstroll/runtime';
import express, { type Express, type RequestHandler, Router } from 'express';
import type { Config } from '../config';
import { createRequestMetrics } from '../metrics/request-metrics';
import { createAlertsRouter } from './alerts-router';
import type { AppDeps } from './app-deps';
import { provideAudit } from './audit';
import { createAuditRouter } from './audit-router';
import { authenticate } from './authenticate';
import { createCleanUpRouter } from './clean-up-router';
import { createCommandsRouter } from './commands-router';
import { allowOrigins } from './cors';
import { createDashboardRouter } from './dashboard-router';
import { createDeadLettersRouter } from './dead-letters-router';
import { createDiffRouter } from './diff-router';
import { createDocsRouter } from './docs-router';
import { createGridRouter } from './grid-router';
import { provideIdempotency } from './idempotency';
import { provideNetworks } from './key-networks';
import { createKeysRouter } from './keys-router';
import { limitPerKey } from './limit-per-key';
import { createNodesRouter } from './nodes-router';
import { createOperationsRouter } from './operations-router';
import { createProblemHandler } from './problem-handler';
import { createRequestLog } from './request-log';
import { createRequestTrace } from './request-trace';
import { createResultsRouter } from './results-router';
import { createSessionRouter } from './session-router';
import { createStatisticsRouter } from './statistics-router';
import { createSubTasksRouter } from './subtasks-router';
import { createTaskEventsRouter } from './task-events-router';
import { createTaskViewsRouter } from './task-views-router';
import { createTasksRouter } from './tasks-router';
import { createUsualHeaders } from './usual-headers';

/**
 * The HTTP API. The order matters: cheap checks come first, a route reads the body only after the caller is authorized,
 * and one problem handler answers every error.
 */
export function createApp(deps: AppDeps, config: Config): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(createRequestTrace());
  app.use(createRequestLog(deps.logger));
  app.use(createRequestMetrics(deps.metrics));
  app.use(createUsualHeaders());
  app.use(deps.drain.middleware);
  app.use(allowOrigins(config.CORS_ORIGINS));
  app.use(beside('/api/', createDocsRouter(), ...(config.DASHBOARD ? [createDashboardRouter(deps)] : [])));
  app.use(provideAudit(deps, config));
  app.use(authenticate(deps, config));
  app.use(limitPerKey(config.RATE_LIMIT_PER_MINUTE));
  app.use(provideNetworks(deps));
  app.use(provideIdempotency(deps));

  // Before the tasks router: `/api/tasks/clean-up` also matches `/api/tasks/:task_id`.
  app.use(createCleanUpRouter(deps));
  app.use(createOperationsRouter(deps));
  app.use(createTasksRouter(deps, config));
  app.use(createTaskViewsRouter(deps));
  app.use(createTaskEventsRouter(deps, config));
  app.use(createGridRouter(deps));
  app.use(createSubTasksRouter(deps));
  app.use(createResultsRouter(deps));
  app.use(createDiffRouter(deps));
  app.use(createCommandsRouter(deps));
  app.use(createNodesRouter(deps));
  app.use(createStatisticsRouter(deps));
  app.use(createDeadLettersRouter(deps));
  app.use(createAlertsRouter(deps));
  app.use(createAuditRouter(deps));
  app.use(createKeysRouter(deps));
  app.use(createSessionRouter(deps, config));

  app.use(() => {
    throw new AppError('route_not_found');
  });
  app.use(createProblemHandler(deps.logger));
  return app;
}

/** These routers, except for requests under `prefix`: each of their many paths would be compared with every request. */
function beside(prefix: string, ...routers: Router[]): RequestHandler {
  const router = Router().use(...routers);
  return (request, response, next) => (request.url.startsWith(prefix) ? next() : router(request, response, next));
}
