/** Largest number of unsent bytes of a socket, and how long it may have more, in milliseconds. */
export const MAX_BUFFERED_BYTES = 64 * 1_024;
export const MAX_SLOW_MS = 30_000;

/**
 * What to do with a frame for a socket: send it, hold it while the socket has too many unsent bytes, or cut a socket
 * that stays slow for 30 s. `slowSince` and `now` are milliseconds on one clock.
 */
export function decideSend(
  { bufferedBytes, slowSince }: { bufferedBytes: number; slowSince: number | undefined },
  now: number,
): 'send' | 'hold' | 'cut' {
  if (bufferedBytes <= MAX_BUFFERED_BYTES) return 'send';
  return slowSince !== undefined && now - slowSince >= MAX_SLOW_MS ? 'cut' : 'hold';
}
