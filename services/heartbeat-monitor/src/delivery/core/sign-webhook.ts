import { createHmac } from 'node:crypto';

/** The key that a secret stands for: after `whsec_` comes base64; any other text is used as its own bytes. */
const toKey = (secret: string): Buffer =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);

/**
 * The headers of Standard Webhooks: id, time in seconds, and HMAC-SHA256 over `id.time.body`. A receiver checks the
 * signature over the bytes that it received, and refuses an old time.
 */
export function signWebhook(
  { id, body, secret }: { id: string; body: string; secret: string },
  now: Date,
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signature = createHmac('sha256', toKey(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
