import { AppError } from '@cyberstroll/runtime';
import express, { type Express, type RequestHandler, Router } from 'express';
import type { Config } from '../config';
import { createRequestMetrics } from '../metrics/request-metrics';
import type { AppDeps } from './app-deps';
import { provideAudit } from './middleware/audit';
import { authenticate } from './middleware/authenticate';
import { allowOrigins } from './middleware/cors';
import { provideIdempotency } from './middleware/idempotency';
import { provideNetworks } from './middleware/key-networks';
import { limitPerKey } from './middleware/limit-per-key';
import { createProblemHandler } from './middleware/problem-handler';
import { createRequestLog } from './middleware/request-log';
import { createRequestTrace } from './middleware/request-trace';
import { createUsualHeaders } from './middleware/usual-headers';
import { createAlertsRouter } from './routers/alerts-router';
import { createAuditRouter } from './routers/audit-router';
import { createCleanUpRouter } from './routers/clean-up-router';
import { createCommandsRouter } from './routers/commands-router';
import { createDashboardRouter } from './routers/dashboard-router';
import { createDeadLettersRouter } from './routers/dead-letters-router';
import { createDiffRouter } from './routers/diff-router';
import { createDocsRouter } from './routers/docs-router';
import { createGridRouter } from './routers/grid-router';
import { createKeysRouter } from './routers/keys-router';
import { createNodesRouter } from './routers/nodes-router';
import { createOperationsRouter } from './routers/operations-router';
import { createResultsRouter } from './routers/results-router';
import { createSessionRouter } from './routers/session-router';
import { createStatisticsRouter } from './routers/statistics-router';
import { createSubTasksRouter } from './routers/subtasks-router';
import { createTaskEventsRouter } from './routers/task-events-router';
import { createTaskViewsRouter } from './routers/task-views-router';
import { createTasksRouter } from './routers/tasks-router';

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
