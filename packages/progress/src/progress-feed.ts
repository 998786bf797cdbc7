import type { ProgressSnapshot } from '@cyberstroll/contracts';

/**
 * Decides which snapshots of a task are sent, and when: `seq` strictly rises, there is at most one frame per interval,
 * the latest snapshot wins, and the last one is always sent. Times are milliseconds on one clock.
 */
export interface ProgressFeed {
  /** Accepts a snapshot; false if its `seq` is not newer. */
  offer(snapshot: ProgressSnapshot): boolean;
  /** Milliseconds until the next frame is due; undefined if no frame waits. */
  waitMs(now: number): number | undefined;
  /** The snapshot to send now; undefined if none is due. */
  take(now: number): ProgressSnapshot | undefined;
  /** The latest accepted snapshot, sent or not. */
  latest(): ProgressSnapshot | undefined;
}

/** `toIntervalMs` gives the shortest time between two frames, in milliseconds. */
export function createProgressFeed(toIntervalMs: () => number): ProgressFeed {
  let latest: ProgressSnapshot | undefined;
  let isWaiting = false;
  let lastTaken = Number.NEGATIVE_INFINITY;

  const waitMs = (now: number) => (isWaiting ? Math.max(0, lastTaken + toIntervalMs() - now) : undefined);
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
