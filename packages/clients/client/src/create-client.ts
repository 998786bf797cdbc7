import createFetchClient, { type Client as FetchClient, type Middleware } from 'openapi-fetch';
import type { paths } from './openapi';
import { type RetryOptions, withRetries } from './with-retries';

/** A client of openapi-fetch whose paths, parameters, bodies and answers are those of docs/openapi.json. */
export type Client = FetchClient<paths, 'application/json'>;

export interface ClientOptions {
  /** `https://host:port`, without `/api`. In a browser an empty text is the page's own host. */
  baseUrl: string;
  /** Sent as `Authorization: Bearer`. */
  apiKey?: string | undefined;
  /** The global `fetch` by default. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** Sends a request again that the API refuses for now, and a POST whose answer was lost. Never by default. */
  retry?: RetryOptions | undefined;
}

/**
 * Every call resolves with `{data, response}` or `{error, response}`; `unwrap` makes an `ApiError` of the second. Each
 * POST without an `Idempotency-Key` gets a new one, so a request that is sent again has no second effect.
 */
export function createClient({ baseUrl, apiKey, fetch = globalThis.fetch, retry }: ClientOptions): Client {
  const client = createFetchClient<paths, 'application/json'>({
    baseUrl,
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    fetch: retry ? withRetries(fetch, retry) : fetch,
    redirect: 'manual', // the key goes to no other host
  });
  client.use(nameEachPost);
  return client;
}

/** The header under which the API carries a POST out once. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';

const nameEachPost: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'POST' || request.headers.has(IDEMPOTENCY_KEY)) return;
    request.headers.set(IDEMPOTENCY_KEY, createKey());
  },
};

/** Not `crypto.randomUUID`, which browsers have only on pages that came over https. */
const createKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
