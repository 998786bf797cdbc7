import * as z from 'zod';
import { portSchema, SEVERITIES, severitySchema } from '../../documents/scan-result';
import { countSchema, documentIdSchema, labelSchema, networkSchema, reasonSchema } from '../../fields/fields';
import { toSentence } from '../../sentences/sentences';
import { CURSOR, pageShape } from '../tasks/task';
import { type InventoryChange, inventoryChangeKindSchema, inventoryChangeSchema } from './host';

const MAX_URL_LENGTH = 2_000;
const MAX_PORTS = 100;

/** Whether it can be called: http or https, without user and password. */
export function isWebhookUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.username === '' && url.password === '';
}

/** What a new webhook says of itself. */
export const webhookShape = {
  name: labelSchema,
  url: z
    .string()
    .max(MAX_URL_LENGTH)
    .refine(isWebhookUrl, toSentence('webhook_url'))
    .describe('An http or https address without user and password. Redirects are not followed'),
  kind: z.array(inventoryChangeKindSchema).min(1).optional().describe('Only these kinds of changes'),
  target: networkSchema.optional().describe('Only changes on this address, or on addresses in this network'),
  ports: z.array(portSchema).min(1).max(MAX_PORTS).optional().describe('Only changes of these ports'),
  severity: z.array(severitySchema).min(1).max(SEVERITIES.length).optional().describe('Only findings of one of these'),
  label: labelSchema.optional().describe('Only changes that tasks with this label showed'),
};

/** The `webhooks` collection: who gets the changes of the inventory by HTTP POST, and how far each one is. */
export const webhookSchema = z
  .strictObject({
    webhook_id: documentIdSchema,
    ...webhookShape,
    operator: labelSchema.describe('The API key that made it'),
    created_time: z.date(),
    change: countSchema.describe('It has received every change up to the one with this number that it asks for'),
    delivered_time: z.date().optional().describe('When it received changes last'),
    failing_since: z.date().optional().describe('Since when each try has failed; absent: the last one did not fail'),
    fault: z.string().optional().describe('What went wrong with the last try'),
    tries: countSchema.describe('Tries that failed in a row'),
    next_time: z.date().describe('It is not called before'),
  })
  .describe('An address that gets changes of the inventory');
export type Webhook = z.infer<typeof webhookSchema>;

/** What it gets. */
export const changeWebhookBodySchema = z
  .object({
    delivery_id: z.string().describe('Also in the header `webhook-id`'),
    type: z.literal('inventory.changed'),
    timestamp: z.iso.datetime().describe('When it was sent'),
    webhook_id: documentIdSchema,
    webhook: labelSchema.describe('The name of the webhook'),
    changes: z
      .array(inventoryChangeSchema.extend({ time: z.iso.datetime() }))
      .min(1)
      .describe('In the order of their numbers. One may come again, with others: skip the numbers that you have'),
  })
  .meta({
    title: 'Change webhook body',
    description: 'Hosts have changed. Headers and signature are those of Standard Webhooks.',
  });

export type ChangeWebhookBody = z.infer<typeof changeWebhookBodySchema>;

export function toChangeWebhookBody(
  { webhook_id, name }: Pick<Webhook, 'webhook_id' | 'name'>,
  changes: readonly InventoryChange[],
  now: Date,
): ChangeWebhookBody {
  return {
    delivery_id: `${webhook_id}-${changes.at(-1)!.change}`,
    type: 'inventory.changed',
    timestamp: now.toISOString(),
    webhook_id,
    webhook: name,
    changes: changes.map((change) => ({ ...change, time: change.time.toISOString() })),
  };
}

/** Each pass of the sweep reads all of them. */
export const MAX_WEBHOOKS = 100;

/** `POST /api/webhooks`. */
export const createWebhookBodySchema = z
  .strictObject({
    ...webhookShape,
    from: z.number().int().min(0).optional().describe('It gets the changes after this number. Absent: from now on'),
    reason: reasonSchema,
  })
  .describe('Where changes of the inventory are sent, and which');
export type CreateWebhookBody = z.infer<typeof createWebhookBodySchema>;

/** `GET /api/webhooks`: newest first. */
export const listWebhooksQuerySchema = z.strictObject({
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
});
export type ListWebhooksQuery = z.infer<typeof listWebhooksQuerySchema>;

/** A body of a DELETE may be lost on its way. */
export const deleteWebhookQuerySchema = z.strictObject({ reason: reasonSchema.describe('For the audit log') });

/** The answer that brings the secret. */
export const secretWebhookSchema = webhookSchema
  .extend({
    secret: z
      .string()
      .optional()
      .describe('It signs what is sent, as Standard Webhooks say. Shown this once; only a repeat is without it'),
  })
  .describe('A webhook, with its secret');
export type SecretWebhook = z.infer<typeof secretWebhookSchema>;
