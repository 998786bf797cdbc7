export interface BackoffOptions {
  baseMs: number;
  capMs: number;
}

/**
 * The wait before retry number `attempt` (from 1): exponential from `baseMs`, capped, with full jitter, so anywhere in
 * [0, min(cap, base·2^(attempt−1))]. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, { baseMs, capMs }: BackoffOptions, random: number): number {
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** Math.max(0, attempt - 1)));
}
