import { createHash } from 'node:crypto';
import type { Notice, NoticeDelivery } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { type Fault, type ReceiverKind, toFault } from './core/plan-delivery';
import { signWebhook } from './core/sign-webhook';
import type { Receiver } from './deliver';

/** The longest wait between two tries, in milliseconds. */
export const CAP_MS = 300_000;

/**
 * The webhooks of the configuration. Only an answer 2xx means received; redirects are not followed. An address may
 * contain secrets, so the store gets a digest of it. Throws AppError fatal if there are addresses and no secret.
 */
export function createWebhooks<Subject, Kind extends Notice>({
  kind,
  variables: [ofUrls, ofSecret],
  urls,
  secret,
  oldSecret,
  timeoutMs,
  toBody,
}: {
  kind: ReceiverKind;
  /** The names of the variables of addresses and secret. */
  variables: readonly [string, string];
  urls: readonly string[];
  secret: string | undefined;
  /** Signs beside `secret`, while receivers still know this one. */
  oldSecret?: string | undefined;
  timeoutMs: number;
  toBody: (subject: Subject, delivery: NoticeDelivery<Kind>) => object;
}): Receiver<Subject, Kind>[] {
  if (urls.length === 0) return [];
  if (secret === undefined) {
    throw new AppError('bad_configuration', { detail: `${ofUrls} is set and ${ofSecret} is not; set both` });
  }
  return [...new Set(urls)].map((url) => ({
    kind,
    target: createHash('sha256').update(url).digest('hex').slice(0, 16),
    name: new URL(url).host,
    capMs: CAP_MS,
    send: (subject, delivery) =>
      postWebhook(url, toBody(subject, delivery), {
        id: delivery.delivery_id,
        secrets: oldSecret === undefined ? [secret] : [secret, oldSecret],
        timeoutMs,
      }),
  }));
}

/** Sends a body once. Resolves with what went wrong, or with undefined if it arrived; never rejects. */
export async function postWebhook(
  url: string,
  content: object,
  { id, secrets, timeoutMs }: { id: string; secrets: readonly string[]; timeoutMs: number },
): Promise<Fault | undefined> {
  const body = JSON.stringify(content);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'cyberstroll',
        ...signWebhook({ id, body, secrets }, new Date()),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    // The body of the answer is not used, and the connection does not wait for it.
    await response.body?.cancel();
    return toFault(response.status);
  } catch (error) {
    return toNetworkFault(error, timeoutMs);
  }
}

function toNetworkFault(error: unknown, timeoutMs: number): Fault {
  const { code, message } = ((error as Error).cause ?? error) as Error & { code?: string };
  const isLate = (error as Error).name === 'TimeoutError';
  return { text: isLate ? `no answer within ${timeoutMs} ms` : (code ?? message), isRefusal: false };
}
