/** What a call may cost, and what is allowed, where it is not the usual. */
interface Spending {
  /** Default: 1. */
  cost?: number;
  /** Instead of the usual limit. */
  limit?: number;
}

/** What is left in this window. */
export interface Allowance {
  isAccepted: boolean;
  left: number;
  /** Seconds until the window ends. */
  seconds: number;
}

/** Allows calls that cost `limit` together per window of time and per `who`. The counts end with the window. */
export function createRateLimit({ limit: usual, windowMs }: { limit: number; windowMs: number }) {
  const spent = new Map<string, number>();
  let end = Number.NEGATIVE_INFINITY;

  /**
   * Counts one call, if anything is left. The last one may cost more than that: what costs more than the whole limit is
   * still possible. `now` is in milliseconds, on any one clock.
   */
  function spend(who: string, now: number, { cost = 1, limit = usual }: Spending = {}): Allowance {
    if (now >= end) {
      spent.clear();
      end = now + windowMs;
    }
    const before = spent.get(who) ?? 0;
    const isAccepted = before < limit;
    const after = isAccepted ? before + cost : before;
    spent.set(who, after);
    return { isAccepted, left: Math.max(0, limit - after), seconds: Math.ceil((end - now) / 1_000) };
  }

  return {
    spend,
    /** Counts one call. If it is one too many, returns the seconds until calls are accepted again. */
    take(who: string, now: number): number | undefined {
      const { isAccepted, seconds } = spend(who, now);
      return isAccepted ? undefined : seconds;
    },
  };
}
