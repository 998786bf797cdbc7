import * as z from 'zod';
import { type Alert, type AlertDelivery, alertSchema, alertStateSchema } from '../../documents/alert';
import { alertRuleSchema } from '../../documents/alert-rules';
import { countSchema, documentIdSchema, reasonSchema } from '../../fields/fields';
import { operationsOf, pageOf, type Row } from '../operation';
import { COMMAND_EXAMPLES, CURSOR, commandBodySchema, pageShape } from '../tasks/task';

/** `GET /api/alerts`: newest first. */
export const listAlertsQuerySchema = z.strictObject({
  state: alertStateSchema.optional(),
  rule: alertRuleSchema.optional(),
  silenced: z
    .enum(['true', 'false'])
    .optional()
    .describe('`false`: only alerts that no silence covers now; `true`: only those that one covers'),
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
});
export type ListAlertsQuery = z.infer<typeof listAlertsQuerySchema>;

export type AlertCommand = 'acknowledge' | 'resolve';

/** The most alerts that one request for a rule commands. */
export const MAX_ALERTS_AT_ONCE = 1_000;

/** The body of a command to all open alerts of a rule. */
export const commandAlertsBodySchema = z
  .strictObject({
    rule: alertRuleSchema,
    up_to: documentIdSchema
      .optional()
      .describe(
        'The id of an alert: only those that are not newer, so that no alert is commanded that no one has seen',
      ),
    reason: reasonSchema,
  })
  .describe('Which alerts are commanded, and why');

export const commandAlertsAnswerSchema = z
  .object({
    changed: countSchema.describe('Alerts that the command has changed'),
    more: z.boolean().describe(`Whether there are more than the ${MAX_ALERTS_AT_ONCE} of one request: send it again`),
  })
  .describe('How many alerts a command has changed');

export const webhookBodySchema = z
  .object({
    delivery_id: z.string().describe('Also in the header `webhook-id`: the same one may come twice'),
    type: z.string().describe('`alert.<rule>`'),
    timestamp: z.iso.datetime().describe('When the state changed; an older one may come later'),
    ...alertSchema.pick({ alert_id: true, rule: true, subject: true, severity: true, state: true, runbook: true })
      .shape,
    reason: z.string(),
    operator: z.string(),
  })
  .meta({
    title: 'Webhook body',
    description: "One change of an alert's state. Headers and signature are those of Standard Webhooks.",
  });
export type WebhookBody = z.infer<typeof webhookBodySchema>;

export function toWebhookBody(
  { alert_id, rule, subject, severity, runbook }: Alert,
  { delivery_id, state, timestamp, reason, operator }: AlertDelivery,
): WebhookBody {
  return {
    delivery_id,
    type: `alert.${rule}`,
    timestamp: timestamp.toISOString(),
    alert_id,
    rule,
    subject,
    severity,
    state,
    reason,
    operator,
    runbook,
  };
}

/** The operations of the tag `alerts`. */
export const ALERT_OPERATIONS = operationsOf('alerts', {
  listAlerts: {
    route: 'GET /api/alerts',
    summary: 'List alerts, newest first',
    role: 'viewer',
    networks: 'refused',
    query: listAlertsQuerySchema,
    answers: { 200: { when: 'A page of alerts', body: pageOf(alertSchema) } },
  },
  getAlert: {
    route: 'GET /api/alerts/{alert_id}',
    summary: 'Read an alert',
    role: 'viewer',
    networks: 'refused',
    answers: { 200: { when: 'The alert', body: alertSchema } },
    problems: ['alert_not_found'],
  },
  acknowledgeAlert: toAlertCommand('acknowledge', 'Acknowledge an alert: an operator has seen it'),
  resolveAlert: toAlertCommand('resolve', 'Resolve an alert'),
  acknowledgeAlerts: toAlertsCommand('acknowledge', 'Acknowledge all firing alerts of a rule'),
  resolveAlerts: toAlertsCommand('resolve', 'Resolve all open alerts of a rule'),
});

function toAlertsCommand<Command extends AlertCommand>(command: Command, summary: string) {
  return {
    route: `POST /api/alerts/${command}`,
    summary,
    role: 'operator',
    networks: 'refused',
    body: commandAlertsBodySchema,
    examples: { 'of one rule': { rule: 'node_silent', reason: 'the switch was down' } },
    answers: { 200: { when: 'How many were changed', body: commandAlertsAnswerSchema } },
  } as const satisfies Row;
}

function toAlertCommand<Command extends AlertCommand>(command: Command, summary: string) {
  return {
    route: `POST /api/alerts/{alert_id}/${command}`,
    summary,
    role: 'operator',
    networks: 'refused',
    body: commandBodySchema,
    examples: COMMAND_EXAMPLES,
    answers: { 200: { when: 'The alert after the command', body: alertSchema } },
    problems: ['alert_not_found', 'illegal_transition'],
  } as const satisfies Row;
}

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const ALERT_REQUESTS = { CommandAlerts: commandAlertsBodySchema };
export const ALERT_ANSWERS = {
  Alert: alertSchema,
  AlertPage: pageOf(alertSchema),
  AlertHistoryEntry: alertSchema.shape.history.element,
  AlertsCommanded: commandAlertsAnswerSchema,
};
