import { Router } from 'express';
import { addOperations, type Call } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** Alerts: list, read, acknowledge and resolve them. heartbeat-monitor raises them. */
export function createAlertsRouter({ store: { alerts } }: Pick<AppDeps<'alerts'>, 'store'>): Router {
  const router = Router();

  const getAlert = async ({ params }: Pick<Call<'getAlert'>, 'params'>) => ({
    body: await alerts.getAlert(params.alert_id),
  });
  const toCommand = (command: 'acknowledge' | 'resolve', state: 'acknowledged' | 'resolved') => ({
    run: async ({
      params,
      body: { reason = `${command} by operator` },
      caller,
    }: Call<'acknowledgeAlert' | 'resolveAlert'>) => ({
      body: await alerts.command(params.alert_id, state, { reason, operator: caller.name }, new Date()),
    }),
    repeat: getAlert,
  });

  addOperations(router, {
    listAlerts: async ({ query }) => ({ body: await alerts.findPage(query) }),
    getAlert,
    acknowledgeAlert: toCommand('acknowledge', 'acknowledged'),
    resolveAlert: toCommand('resolve', 'resolved'),
  });
  return router;
}
