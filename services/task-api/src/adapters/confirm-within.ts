/** Milliseconds that a request waits for the broker's confirm. After that it gets 503, and the client may repeat it. */
export const CONFIRM_WITHIN_MS = 5_000;
