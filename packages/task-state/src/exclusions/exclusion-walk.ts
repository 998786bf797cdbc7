import { isClosedSubTask, type SubTaskStatus } from '@cyberstroll/state-machine';
import type { ExclusionIndex } from './exclusion-index';
import type { WholeExclusion } from './exclusions';

/** The way through the excluded targets of one task: each is looked at once, a page at a time. */
export interface ExclusionWalk {
  /** The exclusions, and how many targets the task has. If one changes, another walk begins. */
  key: string;
  /** What is excluded, of any task: all walks share it. */
  index: ExclusionIndex;
  /** How many targets of the task are, … */
  count: number;
  /** … and how many of them were looked at. */
  place: number;
  /** By exclusion: how many open subtasks of the task it has cancelled. */
  cancelled: ReadonlyMap<string, number>;
}

export const isExclusionWalkDone = ({ place, count }: ExclusionWalk): boolean => place >= count;

/**
 * Takes a page: counts for each exclusion what it has cancelled or will cancel of it, and returns the walk behind the
 * page, and what nobody has touched. What is CANCELLED in an open task, an exclusion has cancelled.
 */
export function takeExcludedPage(
  walk: ExclusionWalk,
  indexes: readonly number[],
  { statuses, toAddress }: { statuses: ReadonlyMap<number, SubTaskStatus>; toAddress: (index: number) => string },
): { next: ExclusionWalk; untouched: { index: number; ip: string; exclusion: WholeExclusion }[] } {
  const cancelled = new Map(walk.cancelled);
  const untouched = indexes.flatMap((index) => {
    const status = statuses.get(index);
    if (status !== undefined && isClosedSubTask(status) && status !== 'CANCELLED') return [];
    const ip = toAddress(index);
    const exclusion = walk.index.find(ip);
    if (!exclusion) return [];
    cancelled.set(exclusion.exclusion_id, (cancelled.get(exclusion.exclusion_id) ?? 0) + 1);
    return status === undefined ? [{ index, ip, exclusion }] : [];
  });
  return { next: { ...walk, place: walk.place + indexes.length, cancelled }, untouched };
}
