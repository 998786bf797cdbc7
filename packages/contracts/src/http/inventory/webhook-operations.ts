import { operationsOf, pageOf } from '../operation';
import {
  createWebhookBodySchema,
  deleteWebhookQuerySchema,
  listWebhooksQuerySchema,
  secretWebhookSchema,
  webhookSchema,
} from './webhook';

/** The operations of webhooks, of the tag `inventory`. */
export const WEBHOOK_OPERATIONS = operationsOf('inventory', {
  listWebhooks: {
    route: 'GET /api/webhooks',
    summary: 'List the addresses that get changes of the inventory, and how far each one is',
    description: 'Those of `ALERT_WEBHOOKS` and `TASK_WEBHOOKS` are not among them: only the configuration has these.',
    role: 'admin',
    networks: 'refused',
    query: listWebhooksQuerySchema,
    answers: { 200: { when: 'A page of webhooks, without secrets', body: pageOf(webhookSchema) } },
  },
  createWebhook: {
    route: 'POST /api/webhooks',
    summary: 'Send changes of the inventory to an address',
    description:
      'heartbeat-monitor posts them in the order of their numbers, 100 at most in one request, until an answer 2xx. A ' +
      'request that fails is sent again, at least every five minutes, for as long as the changes are kept. What is ' +
      'refused (4xx) 20 times is left out. A webhook does not change: make another one that begins where this one is.',
    role: 'admin',
    networks: 'refused',
    body: createWebhookBodySchema,
    examples: {
      'new hosts': { name: 'new-hosts', url: 'https://hooks.example.org/hosts', kind: ['host_appeared'] },
      'ports of interest': {
        name: 'exposed-databases',
        url: 'https://hooks.example.org/databases',
        kind: ['port_opened'],
        ports: [3306, 5432, 6379],
        label: 'dmz',
      },
    },
    answers: {
      200: { when: 'A repeat: the webhook, without its secret', body: secretWebhookSchema },
      201: { when: 'The webhook, and its secret', body: secretWebhookSchema },
    },
    problems: ['too_many_webhooks'],
  },
  deleteWebhook: {
    route: 'DELETE /api/webhooks/{webhook_id}',
    summary: 'Send nothing more to an address',
    role: 'admin',
    networks: 'refused',
    query: deleteWebhookQuerySchema,
    answers: { 200: { when: 'It is deleted: as it was', body: webhookSchema } },
    problems: ['webhook_not_found'],
  },
});

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const WEBHOOK_REQUESTS = { CreateWebhook: createWebhookBodySchema };
export const WEBHOOK_ANSWERS = {
  Webhook: webhookSchema,
  WebhookPage: pageOf(webhookSchema),
  SecretWebhook: secretWebhookSchema,
};
