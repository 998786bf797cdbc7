import { readRetryAfter } from './api-error';

export interface RetryOptions {
  /** Times that one request is sent again. */
  times: number;
  /** The longest `Retry-After`, in seconds, that is waited for; a longer one is answered at once. Default 60. */
  longestWait?: number;
}

type Fetch = (request: Request) => Promise<Response>;

/** 409 has a `Retry-After` only while an equal request under the same `Idempotency-Key` is being carried out. */
const MAY_BE_LATER: ReadonlySet<number> = new Set([409, 429, 503]);

/** Sends a request again, as it was, once the `Retry-After` of its refusal is over. */
export const withRetries =
  (fetch: Fetch, { times, longestWait = 60 }: RetryOptions): Fetch =>
  async (request) => {
    for (let left = times; left > 0; left--) {
      const response = await fetch(request.clone());
      const wait = MAY_BE_LATER.has(response.status) ? readRetryAfter(response) : undefined;
      if (wait === undefined || wait > longestWait) return response;
      await response.body?.cancel();
      await sleep(wait * 1_000, request.signal);
    }
    return fetch(request);
  };

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
