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
