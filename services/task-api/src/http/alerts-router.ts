import { ALERT_COMMANDS, alertIdSchema, commandBodySchema, listAlertsQuerySchema } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { type Request, Router } from 'express';
import { addRoute } from './add-route';
import type { AppDeps } from './app-deps';
import { getCaller } from './authenticate';
import { readBody, readQuery } from './read-request';

const STATE_OF_COMMAND = { acknowledge: 'acknowledged', resolve: 'resolved' } as const;

/** Alerts: list, read, acknowledge and resolve them. heartbeat-monitor raises them. */
export function createAlertsRouter({ store }: Pick<AppDeps<'alerts'>, 'store'>): Router {
  const router = Router();

  addRoute(router, '/api/alerts', {
    getReadsQuery: true,
    async get(request, response) {
      response.json(await store.alerts.findPage(readQuery(listAlertsQuerySchema, request)));
    },
  });

  addRoute(router, '/api/alerts/:alert_id', {
    async get(request, response) {
      response.json(await store.alerts.getAlert(readAlertId(request)));
    },
  });

  for (const command of ALERT_COMMANDS) {
    addRoute(router, `/api/alerts/:alert_id/${command}`, {
      async post(request, response) {
        const id = readAlertId(request);
        const { reason = `${command} by operator` } = readBody(commandBodySchema, request);
        const by = { reason, operator: getCaller(response).name };
        return { body: await store.alerts.command(id, STATE_OF_COMMAND[command], by, new Date()) };
      },
      repeat: async (request) => ({ body: await store.alerts.getAlert(readAlertId(request)) }),
    });
  }

  return router;
}

/** An invalid id gets the answer of an unknown one: 404. */
function readAlertId(request: Request): string {
  const parsed = alertIdSchema.safeParse(request.params['alert_id']);
  if (parsed.success) return parsed.data;
  throw new AppError('alert_not_found', { field: 'alert_id' });
}
