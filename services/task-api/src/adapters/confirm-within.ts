/** A client waits for the broker's confirm no longer, in milliseconds: it is told 503 then, and may repeat its call. */
export const CONFIRM_WITHIN_MS = 5_000;
