import type { ProgressSnapshot } from '@cyberstroll/contracts';

/**
 * Decides which snapshots of a task are sent, and when: `seq` strictly rises, there is at most one frame per interval,
 * the latest snapshot wins, and the last one is always sent. Times are milliseconds on one clock. `toIntervalMs` gives
 * the shortest time between two frames.
 */
export function createProgressFeed(toIntervalMs: () => number) {
  let latest: ProgressSnapshot | undefined;
  let isWaiting = false;
  let lastTaken = Number.NEGATIVE_INFINITY;

  const waitMs = (now: number) => (isWaiting ? Math.max(0, lastTaken + toIntervalMs() - now) : undefined);
  return {
    /** Accepts a snapshot; false if its `seq` is not newer. */
    offer(snapshot: ProgressSnapshot): boolean {
      if (latest && snapshot.seq <= latest.seq) return false;
      latest = snapshot;
      isWaiting = true;
      return true;
    },
    /** Milliseconds until the next frame is due; undefined if no frame waits. */
    waitMs,
    /** The snapshot to send now; undefined if none is due. */
    take(now: number): ProgressSnapshot | undefined {
      if (waitMs(now) !== 0) return undefined;
      isWaiting = false;
      lastTaken = now;
      return latest;
    },
    /** The latest accepted snapshot, sent or not. */
    latest: (): ProgressSnapshot | undefined => latest,
  };
}
