import { createHmac } from 'node:crypto';

/** The key that a secret stands for: after `whsec_` comes base64; any other text is used as its own bytes. */
const toKey = (secret: string): Buffer =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);

/**
 * The headers of Standard Webhooks: id, time in seconds, and HMAC-SHA256 over `id.time.body`, one for each secret. A
 * receiver checks over the bytes that it received whether one of the signatures is right, and refuses an old time.
 */
export function signWebhook(
  { id, body, secrets }: { id: string; body: string; secrets: readonly string[] },
  now: Date,
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const sign = (secret: string) =>
    `v1,${createHmac('sha256', toKey(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': secrets.map(sign).join(' ') };
}
