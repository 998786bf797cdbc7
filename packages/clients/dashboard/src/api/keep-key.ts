import { IDEMPOTENCY_KEY, type Middleware } from '@cyberstroll/client';

/**
 * Until a POST has succeeded, the same one has the same `Idempotency-Key`: if only its answer was lost, a second click
 * does nothing. A changed one has a new key, since the API refuses a key with another body.
 */
export function keepKey(): Middleware {
  let last: { request: string; key: string } | undefined;
  return {
    async onRequest({ request }) {
      const key = request.headers.get(IDEMPOTENCY_KEY);
      if (key === null) return;
      const sent = `${request.url} ${await request.clone().text()}`;
      if (last?.request === sent) request.headers.set(IDEMPOTENCY_KEY, last.key);
      else last = { request: sent, key };
    },
    onResponse({ response }) {
      if (response.ok) last = undefined;
    },
  };
}
