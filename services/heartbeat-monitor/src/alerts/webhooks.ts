import { createHash } from 'node:crypto';
import { toWebhookBody } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { AlertReceiver } from './alert-receiver';
import { signWebhook } from './core/sign-webhook';

const CAP_MS = 300_000;

/**
 * The operator's webhooks. They are the only addresses that this service calls. Only an answer 2xx means received;
 * redirects are not followed. An address may contain secrets, so the store gets a digest of it. Throws AppError fatal
 * if there are addresses and no secret.
 */
export function createWebhooks({
  urls,
  secret,
  timeoutMs,
}: {
  urls: readonly string[];
  secret: string | undefined;
  timeoutMs: number;
}): AlertReceiver[] {
  if (urls.length === 0) return [];
  if (secret === undefined) {
    throw new AppError('bad_configuration', {
      detail: 'ALERT_WEBHOOKS is set and ALERT_WEBHOOK_SECRET is not; set both',
    });
  }
  return [...new Set(urls)].map((url) => ({
    kind: 'webhook',
    target: createHash('sha256').update(url).digest('hex').slice(0, 16),
    name: new URL(url).host,
    capMs: CAP_MS,
    async send(alert, delivery) {
      const id = delivery.delivery_id;
      const body = JSON.stringify(toWebhookBody(alert, delivery));
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'cyberstroll',
            ...signWebhook({ id, body, secret }, new Date()),
          },
          body,
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
        });
        // The body of the answer is not used, and the connection does not wait for it.
        await response.body?.cancel();
        return response.ok ? undefined : `answered ${response.status}`;
      } catch (error) {
        return toCause(error, timeoutMs);
      }
    },
  }));
}

function toCause(error: unknown, timeoutMs: number): string {
  if ((error as Error).name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const { code, message } = ((error as Error).cause ?? error) as Error & { code?: string };
  return code ?? message;
}
