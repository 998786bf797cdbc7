/** What a socket may hold unsent, in bytes, and how long it may hold more, in milliseconds. */
export const MAX_BUFFERED_BYTES = 64 * 1_024;
export const MAX_SLOW_MS = 30_000;

/** What becomes of a socket that has something to send: over the limit it is passed over, and cut when it stays there. */
export function decideSend(
  { bufferedBytes, slowSince }: { bufferedBytes: number; slowSince: number | undefined },
  now: number,
): 'send' | 'hold' | 'cut' {
  if (bufferedBytes <= MAX_BUFFERED_BYTES) return 'send';
  return slowSince !== undefined && now - slowSince >= MAX_SLOW_MS ? 'cut' : 'hold';
}
