import { type CreateKeyBody, type SecretKeyView, toSentence } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { NewApiKey } from '@cyberstroll/store';
import type { Call, Handlers } from '../add-operations';
import type { Answer } from '../answers/answer';
import type { AppDeps } from '../app-deps';
import { toInvalidBody } from '../read-request';

/** API keys of the collection: create, list, rotate and revoke them. */
export function createKeyHandlers({
  store: { apiKeys },
  keys,
  logger,
}: Pick<AppDeps<'apiKeys'>, 'store' | 'keys' | 'logger'>): Handlers {
  /** This replica knows the change before it answers. If the read fails, the next one is due soon. */
  const refresh = () => keys.refresh().catch((err) => logger.warn({ err }, 'API keys not read'));

  return {
    listKeys: async ({ query }) => ({ body: await apiKeys.findPage(query) }),
    getKey: async ({ params }) => ({ body: await apiKeys.getKey(params.key_id) }),

    createKey: {
      toKept: (answer) => ({ ...withoutSecret(answer), status: 200 }),
      async run({ body, caller, slot }: Call<'createKey'>) {
        const now = new Date();
        const key = toNewKey(body, now);
        if (keys.isReserved(key.name)) throw new AppError('key_name_taken', { field: 'name' });
        const created = await apiKeys.create(key, caller.name, now, slot?.id);
        await refresh();
        const { key_id, secret } = created;
        const status = secret === undefined ? 200 : 201;
        return { status, location: `/api/keys/${key_id}`, change: { subject: key_id }, body: created };
      },
    },

    rotateKey: {
      toKept: withoutSecret,
      async run({ params, body: { grace_seconds }, slot }: Call<'rotateKey'>) {
        const body = await apiKeys.rotate(params.key_id, grace_seconds, new Date(), slot?.id);
        await refresh();
        return { body };
      },
    },

    async revokeKey({ params, caller }) {
      const body = await apiKeys.revoke(params.key_id, caller.name, new Date());
      await refresh();
      return { body };
    },
  };
}

/** What is kept for a repeat: a secret is stored nowhere. */
function withoutSecret(answer: Answer): Answer {
  const { secret, ...body } = answer.body as SecretKeyView;
  return { ...answer, body };
}

function toNewKey({ name, role, expires_time, networks, requests_per_minute }: CreateKeyBody, now: Date): NewApiKey {
  const expires = expires_time === undefined ? undefined : new Date(expires_time);
  if (expires && expires <= now) throw toInvalidBody('expires_time', toSentence('not_in_future'));
  return {
    name,
    role,
    ...(expires && { expires_time: expires }),
    ...(networks && { networks }),
    ...(requests_per_minute !== undefined && { requests_per_minute }),
  };
}
