import type { ProgressSnapshot } from '@cyberstroll/contracts';

/**
 * What of one task's snapshots goes out, and when: `seq` strictly rises, at most one frame in each interval, the latest
 * value wins, and the last one always goes out. Times are milliseconds on one clock.
 */
export interface ProgressFeed {
  /** Takes a snapshot in; false where it is no news. */
  offer(snapshot: ProgressSnapshot): boolean;
  /** The wait until the next frame is due; undefined where nothing waits. */
  waitMs(now: number): number | undefined;
  /** The frame that is due, if one is. */
  take(now: number): ProgressSnapshot | undefined;
  /** The latest known, sent or not. */
  latest(): ProgressSnapshot | undefined;
}

export function createProgressFeed(intervalMs: number): ProgressFeed {
  let latest: ProgressSnapshot | undefined;
  let isWaiting = false;
  let lastTaken = Number.NEGATIVE_INFINITY;

  const waitMs = (now: number) => (isWaiting ? Math.max(0, lastTaken + intervalMs - now) : undefined);
  return {
    offer(snapshot) {
      if (latest && snapshot.seq <= latest.seq) return false;
      latest = snapshot;
      isWaiting = true;
      return true;
    },
    waitMs,
    take(now) {
      if (waitMs(now) !== 0) return undefined;
      isWaiting = false;
      lastTaken = now;
      return latest;
    },
    latest: () => latest,
  };
}
