import { isClosedSubTask, type SubTaskStatus } from '@cyberstroll/state-machine';
import type { TargetIndex, TargetSet } from '@cyberstroll/targets';
import { toExcludedAddresses, toExcludedSet, type WholeExclusion } from './exclusions';

/** An exclusion that covers targets of a task, and how many of its open subtasks it has cancelled. */
interface OwnExclusion {
  exclusion: WholeExclusion;
  set: TargetSet;
  cancelled: number;
}

/** The way through the excluded targets of one task: each is looked at once, a page at a time. */
export interface ExclusionWalk {
  /** The exclusions, and how many targets the task has. If one changes, another walk begins. */
  key: string;
  own: readonly OwnExclusion[];
  /** All that these exclude. */
  set: TargetSet;
  /** How many targets these are, … */
  count: number;
  /** … and how many of them were looked at. */
  place: number;
}

export function beginExclusionWalk(
  key: string,
  targets: TargetIndex,
  exclusions: readonly WholeExclusion[],
): ExclusionWalk {
  const own = exclusions
    .map((exclusion) => ({ exclusion, set: toExcludedAddresses(exclusion), cancelled: 0 }))
    .filter(({ set }) => targets.findCommon(set).count > 0);
  const set = toExcludedSet(own.map(({ exclusion }) => exclusion));
  return { key, own, set, count: targets.findCommon(set).count, place: 0 };
}

export const isExclusionWalkDone = ({ place, count }: ExclusionWalk): boolean => place >= count;

/** The exclusion that a cancelled subtask names: the oldest one that covers its address. */
export const findOwnExclusion = ({ own }: ExclusionWalk, ip: string): OwnExclusion | undefined =>
  own.find(({ set }) => set.has(ip));

/**
 * Takes a page: counts for each exclusion what it has cancelled or will cancel of it, and returns what nobody has
 * touched. What is CANCELLED in an open task, an exclusion has cancelled.
 */
export function takeExcludedPage(
  walk: ExclusionWalk,
  indexes: readonly number[],
  { statuses, toAddress }: { statuses: ReadonlyMap<number, SubTaskStatus>; toAddress: (index: number) => string },
): { index: number; ip: string; exclusion: WholeExclusion }[] {
  walk.place += indexes.length;
  return indexes.flatMap((index) => {
    const status = statuses.get(index);
    if (status !== undefined && isClosedSubTask(status) && status !== 'CANCELLED') return [];
    const ip = toAddress(index);
    const found = findOwnExclusion(walk, ip);
    if (!found) return [];
    found.cancelled += 1;
    return status === undefined ? [{ index, ip, exclusion: found.exclusion }] : [];
  });
}
