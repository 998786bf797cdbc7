/**
 * The breaker of the node watch, its first half (the second is `choose-lost.ts`): silence says something about a node only while we could have heard it.
 * Whoever was cut off from the broker or the database, or stood still, waits a whole heartbeat timeout before
 * it declares anyone silent.
 */
export interface Sight {
  /** When it was last known that heartbeats may have been missed. */
  blindAt: Date;
  lookedAt: Date;
}

/** A replica that has just started has heard nothing yet. */
export const openSight = (now: Date): Sight => ({ blindAt: now, lookedAt: now });

/** One look at the links. A gap since the look before longer than `maxGapMs` means that this process stood still. */
export function look(
  sight: Sight,
  { connected, now, maxGapMs }: { connected: boolean; now: Date; maxGapMs: number },
): Sight {
  const stalled = now.getTime() - sight.lookedAt.getTime() > maxGapMs;
  return { blindAt: connected && !stalled ? sight.blindAt : now, lookedAt: now };
}

export const canJudgeSilence = (sight: Sight, timeoutMs: number, now: Date): boolean =>
  now.getTime() - sight.blindAt.getTime() >= timeoutMs && now.getTime() - sight.lookedAt.getTime() < timeoutMs;
