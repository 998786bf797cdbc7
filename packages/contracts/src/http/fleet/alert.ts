import * as z from 'zod';
import { type Alert, type AlertDelivery, alertRuleSchema, alertSchema, alertStateSchema } from '../../documents/alert';
import { documentIdSchema } from '../../fields/fields';
import { CURSOR, pageShape } from '../tasks/task';

/** `GET /api/alerts`: newest first. */
export const listAlertsQuerySchema = z.strictObject({
  state: alertStateSchema.optional(),
  rule: alertRuleSchema.optional(),
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
});
export type ListAlertsQuery = z.infer<typeof listAlertsQuerySchema>;

export const ALERT_COMMANDS = ['acknowledge', 'resolve'] as const;
export type AlertCommand = (typeof ALERT_COMMANDS)[number];

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
