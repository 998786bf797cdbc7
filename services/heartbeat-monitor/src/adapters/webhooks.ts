import { createHash } from 'node:crypto';
import { AppError } from '@cyberstroll/runtime';
import { signWebhook } from '../core/sign-webhook';

export interface Webhook {
  /** A digest of its address: what is stored of it, since addresses may hold secrets. */
  target: string;
  /** For the log. */
  host: string;
  /** Sends it once. Resolves with what went wrong, or undefined where the receiver has it (2xx); never rejects. */
  send(deliveryId: string, body: unknown): Promise<string | undefined>;
}

/** The operator's webhooks: the only addresses that are ever called. Redirects are not followed. Throws AppError fatal without a secret. */
export function createWebhooks({
  urls,
  secret,
  timeoutMs,
}: {
  urls: readonly string[];
  secret: string | undefined;
  timeoutMs: number;
}): Webhook[] {
  if (urls.length === 0) return [];
  if (secret === undefined) {
    throw new AppError('fatal', 'bad_configuration', 'bad configuration: ALERT_WEBHOOKS needs ALERT_WEBHOOK_SECRET');
  }
  return [...new Set(urls)].map((url) => ({
    target: createHash('sha256').update(url).digest('hex').slice(0, 16),
    host: new URL(url).host,
    async send(id, content) {
      const body = JSON.stringify(content);
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
        // Nothing that it answers is of use: the connection is not kept for it.
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
