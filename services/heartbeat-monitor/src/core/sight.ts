/**
 * The breaker of the node watch, its first half (the second is `choose-lost.ts`): silence says something about a node only while we could have heard it.
 * Whoever was cut off from the broker or the database, did not consume heartbeats, or stood still, waits a whole heartbeat timeout before
 * it declares anyone silent.
 */
export interface Sight {
  /** When it was last known that heartbeats may have been missed. */
  blindAt: Date;
  lookedAt: Date;
}

/** A replica that has just started has heard nothing yet. */
export const openSight = (now: Date): Sight => ({ blindAt: now, lookedAt: now });

/**
 * One look at the links. A gap since the look before longer than `maxGapMs` means that this process stood still. `deafMs` is the
 * time since it last consumed heartbeats, 0 while it does: no node seems silent because of a gap shorter than `maxGapMs`.
 */
export function look(
  sight: Sight,
  { connected, deafMs, now, maxGapMs }: { connected: boolean; deafMs: number; now: Date; maxGapMs: number },
): Sight {
  const stalled = now.getTime() - sight.lookedAt.getTime() > maxGapMs;
  return { blindAt: connected && !stalled && deafMs <= maxGapMs ? sight.blindAt : now, lookedAt: now };
}

/** A last look longer ago than `maxGapMs` means that this process has stood still until now. */
export const canJudgeSilence = (
  sight: Sight,
  { timeoutMs, maxGapMs }: { timeoutMs: number; maxGapMs: number },
  now: Date,
): boolean =>
  now.getTime() - sight.blindAt.getTime() >= timeoutMs && now.getTime() - sight.lookedAt.getTime() <= maxGapMs;
