export interface RestartTiming {
  /** The wait after the first death, doubled with each further one up to the cap, in milliseconds. */
  baseMs: number;
  capMs: number;
  /** A process that lived this long starts again with the first wait. */
  stableMs: number;
}

export const defaultRestartTiming: RestartTiming = { baseMs: 500, capMs: 30_000, stableMs: 30_000 };

/** How long to wait before what has died is started again, given how long it lived. Counts its deaths. */
export function createRestartWait({ baseMs, capMs, stableMs }: RestartTiming): (livedMs: number) => number {
  let deaths = 0;
  return (livedMs) => {
    deaths = livedMs >= stableMs ? 1 : deaths + 1;
    return Math.min(capMs, baseMs * 2 ** (deaths - 1));
  };
}

const FIRST_REST_MS = 300_000;
const MAX_REST_MS = 3_600_000;

/**
 * Whether a process that has this much memory now is to be restarted: it was above `mostBytes` at the check before,
 * too. After such a restart all services connect and ask at once, which takes memory. So for five minutes, doubled with
 * each further restart up to an hour, only twice as much counts. As long without a restart ends the doubling.
 */
export function createMemoryWatch(mostBytes: number): (bytes: number, nowMs: number) => boolean {
  let wasAbove = false;
  let restMs = 0;
  let restUntilMs = Number.NEGATIVE_INFINITY;
  return (bytes, nowMs) => {
    const isAbove = bytes > mostBytes * (nowMs < restUntilMs ? 2 : 1);
    const restarts = isAbove && wasAbove;
    wasAbove = isAbove && !wasAbove;
    if (!restarts) return false;
    restMs = nowMs < restUntilMs + restMs ? Math.min(MAX_REST_MS, 2 * restMs) : FIRST_REST_MS;
    restUntilMs = nowMs + restMs;
    return true;
  };
}
