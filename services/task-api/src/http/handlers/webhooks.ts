import { randomBytes } from 'node:crypto';
import { MAX_REASON_LENGTH, type SecretWebhook, type Webhook } from '@cyberstroll/contracts';
import type { Call, Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';

const SECRET_BYTES = 32;

/** Webhooks: make, list and delete them. heartbeat-monitor sends them the changes of the inventory. */
export const createWebhookHandlers = ({
  store: { webhooks, hosts },
}: Pick<AppDeps<'webhooks' | 'hosts'>, 'store'>): Handlers => ({
  listWebhooks: async ({ query }) => ({ body: await webhooks.findPage(query) }),

  createWebhook: {
    toKept: ({ body, ...answer }) => {
      const { secret, ...webhook } = body as SecretWebhook;
      return { ...answer, status: 200, body: webhook };
    },
    async run({ body: { from, reason, ...given }, caller, slot }: Call<'createWebhook'>) {
      const change = from ?? (await hosts.findLastChange());
      // Standard Webhooks: the key in base64 after this prefix.
      const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
      const body = await webhooks.create({ ...given, operator: caller.name, change, secret }, new Date(), slot?.id);
      return { status: 201, change: { subject: body.webhook_id, after: toText(body) }, body };
    },
  },

  async deleteWebhook({ params }) {
    const body = await webhooks.remove(params.webhook_id);
    return { change: { subject: body.webhook_id, before: toText(body) }, body };
  },
});

/** An address may hold a secret: the audit log has its host alone. */
const toText = ({ name, url, kind, target, ports, severity, label }: Webhook): string =>
  JSON.stringify({ name, host: new URL(url).host, kind, target, ports, severity, label }).slice(0, MAX_REASON_LENGTH);
