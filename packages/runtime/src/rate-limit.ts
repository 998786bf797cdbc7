export interface RateLimit {
  /**
   * Counts one in; the seconds until the next is heard where it is one too many. `now` is milliseconds on any one
   * clock.
   */
  take(who: string, now: number): number | undefined;
}

/** So many in each window of time, whoever it is that is counted. Its counts end with the window. */
export function createRateLimit({ limit, windowMs }: { limit: number; windowMs: number }): RateLimit {
  const counts = new Map<string, number>();
  let end = Number.NEGATIVE_INFINITY;
  return {
    take(who, now) {
      if (now >= end) {
        counts.clear();
        end = now + windowMs;
      }
      const count = (counts.get(who) ?? 0) + 1;
      counts.set(who, count);
      return count > limit ? Math.ceil((end - now) / 1_000) : undefined;
    },
  };
}
