/** Allows `limit` calls per window of time and per `who`. The counts end with the window. */
export function createRateLimit({ limit, windowMs }: { limit: number; windowMs: number }) {
  const counts = new Map<string, number>();
  let end = Number.NEGATIVE_INFINITY;
  return {
    /**
     * Counts one call. If it is one too many, returns the seconds until calls are accepted again. `now` is in
     * milliseconds, on any one clock.
     */
    take(who: string, now: number): number | undefined {
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
