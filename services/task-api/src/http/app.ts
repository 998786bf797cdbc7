import { AppError } from '@cyberstroll/runtime';
import express, { type Express, type RequestHandler, Router } from 'express';
import type { Config } from '../config';
import { createRequestMetrics } from '../metrics/request-metrics';
import { addOperations } from './add-operations';
import { createExportPlaces } from './answers/export-places';
import type { AppDeps } from './app-deps';
import { createCommandHandlers } from './handlers/commands';
import { createDiffHandlers } from './handlers/diff';
import { createExclusionListHandlers } from './handlers/exclusion-lists';
import { createExclusionHandlers } from './handlers/exclusions';
import { createFleetHandlers } from './handlers/fleet';
import { createFreezeHandlers } from './handlers/freezes';
import { createGridHandlers } from './handlers/grid';
import { createHostHandlers } from './handlers/hosts';
import { createKeyHandlers } from './handlers/keys';
import { createLimitHandlers } from './handlers/limits';
import { createMethodHandlers } from './handlers/methods';
import { createOperationHandlers } from './handlers/operations';
import { createResultHandlers } from './handlers/results';
import { createScheduleHandlers } from './handlers/schedules';
import { createSessionHandlers } from './handlers/session';
import { createSilenceHandlers } from './handlers/silences';
import { createTaskViewHandlers } from './handlers/task-views';
import { createTaskHandlers } from './handlers/tasks';
import { createWebhookHandlers } from './handlers/webhooks';
import { createCommandAudit } from './middleware/audit';
import { authenticate } from './middleware/authenticate';
import { allowOrigins } from './middleware/cors';
import { limitPerKey } from './middleware/limit-per-key';
import { createProblemHandler } from './middleware/problem-handler';
import { giveRequestId } from './middleware/request-id';
import { createRequestLog } from './middleware/request-log';
import { createRequestTrace } from './middleware/request-trace';
import { createUsualHeaders } from './middleware/usual-headers';
import { createDashboardRouter } from './routers/dashboard-router';
import { createDocsRouter } from './routers/docs-router';

/**
 * The HTTP API. The order matters: cheap checks come first, a route reads the body only after the caller is authorized,
 * and one problem handler answers every error.
 */
export function createApp(deps: AppDeps, config: Config): Express {
  const app = express();
  const audit = createCommandAudit(deps, config);
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(createRequestTrace());
  app.use(giveRequestId);
  app.use(createRequestLog(deps.logger));
  app.use(createRequestMetrics(deps.metrics));
  app.use(createUsualHeaders());
  app.use(deps.drain.middleware);
  app.use(allowOrigins(config.CORS_ORIGINS));
  app.use(beside('/api/', createDocsRouter(), ...(config.DASHBOARD ? [createDashboardRouter(deps)] : [])));

  const operations = Router();
  const takePlace = createExportPlaces();
  addOperations(
    operations,
    {
      ...deps,
      audit,
      guards: [authenticate(deps, config), limitPerKey(config.RATE_LIMIT_PER_MINUTE)],
      answerWithinMs: config.ANSWER_WITHIN_MS,
    },
    {
      ...createTaskHandlers(deps, config, takePlace),
      ...createTaskViewHandlers(deps, config),
      ...createGridHandlers(deps),
      ...createResultHandlers(deps, takePlace),
      ...createHostHandlers(deps, config),
      ...createDiffHandlers(deps, takePlace),
      ...createCommandHandlers(deps),
      ...createOperationHandlers(deps),
      ...createScheduleHandlers(deps, config),
      ...createFleetHandlers(deps, takePlace),
      ...createFreezeHandlers(deps),
      ...createExclusionHandlers(deps),
      ...createExclusionListHandlers(deps),
      ...createKeyHandlers(deps),
      ...createLimitHandlers(deps),
      ...createSessionHandlers(deps, config),
      ...createSilenceHandlers(deps),
      ...createWebhookHandlers(deps),
      ...createMethodHandlers(deps),
    },
  );
  app.use(operations);

  app.use(() => {
    throw new AppError('route_not_found');
  });
  app.use(createProblemHandler(audit, deps.logger));
  return app;
}

/** These routers, except for requests under `prefix`: each of their many paths would be compared with every request. */
function beside(prefix: string, ...routers: Router[]): RequestHandler {
  const router = Router().use(...routers);
  return (request, response, next) => (request.url.startsWith(prefix) ? next() : router(request, response, next));
}
