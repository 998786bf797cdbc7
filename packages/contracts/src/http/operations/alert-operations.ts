import { alertSchema } from '../../documents/alert';
import { ALERT_COMMANDS, listAlertsQuerySchema } from '../fleet/alert';
import { type Operation, pageOf } from '../openapi/operation';
import { COMMAND_EXAMPLES, commandBodySchema } from '../tasks/task';

/** The operations of the tag `alerts`. */
export const ALERT_OPERATIONS = {
  listAlerts: {
    method: 'GET',
    path: '/api/alerts',
    tag: 'alerts',
    summary: 'List alerts, newest first',
    role: 'viewer',
    networks: 'refused',
    query: listAlertsQuerySchema,
    answers: { 200: { when: 'A page of alerts', body: pageOf(alertSchema) } },
    problems: [],
  },
  getAlert: {
    method: 'GET',
    path: '/api/alerts/{alert_id}',
    tag: 'alerts',
    summary: 'Read an alert',
    role: 'viewer',
    networks: 'refused',
    answers: { 200: { when: 'The alert', body: alertSchema } },
    problems: ['alert_not_found'],
  },
  ...toAlertCommand('acknowledgeAlert', ALERT_COMMANDS[0], 'Acknowledge an alert: somebody has seen it'),
  ...toAlertCommand('resolveAlert', ALERT_COMMANDS[1], 'Resolve an alert'),
} as const satisfies Record<string, Operation>;

function toAlertCommand<Id extends string, Command extends string>(id: Id, command: Command, summary: string) {
  const operation = {
    method: 'POST',
    path: `/api/alerts/{alert_id}/${command}`,
    tag: 'alerts',
    summary,
    role: 'operator',
    networks: 'refused',
    body: commandBodySchema,
    examples: COMMAND_EXAMPLES,
    answers: { 200: { when: 'The alert after the command', body: alertSchema } },
    problems: ['alert_not_found', 'illegal_transition'],
  } as const satisfies Operation;
  return { [id]: operation } as Record<Id, typeof operation>;
}
