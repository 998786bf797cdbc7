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

/** Seconds after which a request is sent again whose answer was lost. */
const LOST_WAIT = 1;

/**
 * Sends a request again, as it was, once the `Retry-After` of its refusal is over. A POST is also sent again if its
 * answer was lost: under its `Idempotency-Key` it is carried out once.
 */
export const withRetries =
  (fetch: Fetch, { times, longestWait = 60 }: RetryOptions): Fetch =>
  async (request) => {
    for (let left = times; left > 0; left--) {
      const response = await fetch(request.clone()).catch((error: unknown) => {
        if (request.method !== 'POST' || isCallersLimit(error)) throw error;
        return undefined;
      });
      const wait = response === undefined ? LOST_WAIT : findWait(response);
      if (response && (wait === undefined || wait > longestWait)) return response;
      await response?.body?.cancel();
      await sleep(wait! * 1_000, request.signal);
    }
    return fetch(request);
  };

const findWait = (response: Response): number | undefined =>
  MAY_BE_LATER.has(response.status) ? readRetryAfter(response) : undefined;

/** The caller waits no longer. */
const isCallersLimit = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');

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
