import { BUCKET_OF_STATUS, type ProgressBucket } from '@cyberstroll/state-machine';
import { GRID_STATUSES, UNTOUCHED } from './cell';
import type { StatusCounts } from './snapshot';

/** The sums of a progress update: `counts` of `/ws/tasks/{task_id}/progress`. */
export type ProgressCounts = Readonly<Record<ProgressBucket, number>>;

/**
 * Whether cells or blocks of a whole task have the sums of its progress. A change may be lost on its way, and a block
 * may have counted one twice. In an ended task the untouched count as CANCELLED.
 */
export const isLikeProgress = (counts: StatusCounts, progress: ProgressCounts, isEnded: boolean): boolean =>
  GRID_STATUSES.every((status) => toShown(counts, isEnded)[status] === progress[BUCKET_OF_STATUS[status]]);

function toShown(counts: StatusCounts, isEnded: boolean): StatusCounts {
  if (!isEnded) return counts;
  const { [UNTOUCHED.status]: untouched, CANCELLED } = counts;
  return { ...counts, [UNTOUCHED.status]: 0, CANCELLED: CANCELLED + untouched };
}

/** The sums of these rise and fall while a task runs. All others only rise, or only fall. */
const IN_WORK = ['ASSIGNED', 'SCANNING', 'RETRYING'] as const;
/** Milliseconds. */
const DRIFT_MS = 10_000;

/**
 * Says of a running task whether the sums of its window have drifted off. They are never those of the progress, which
 * comes on another way. But where a sum rises and falls, it is soon below the progress that it was above, and above it
 * again. If it stays on one side for ten seconds, changes were lost or counted twice.
 */
export function createDriftCheck(): (counts: StatusCounts, progress: ProgressCounts, now: number) => boolean {
  const sides = IN_WORK.map((status) => ({ status, side: 0, since: 0 }));
  return (counts, progress, now) => {
    for (const known of sides) {
      const side = Math.sign(counts[known.status] - progress[BUCKET_OF_STATUS[known.status]]);
      if (side !== known.side) Object.assign(known, { side, since: now });
    }
    return sides.some(({ side, since }) => side !== 0 && now - since >= DRIFT_MS);
  };
}
