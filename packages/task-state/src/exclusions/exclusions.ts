/**
 * Exclusions: which are in force, and what they take out of targets. They are what an operator says; the addresses of
 * all that are in force are one set, which the services compare targets with.
 */
import {
  type ExcludedBy,
  type Exclusion,
  type ExclusionState,
  SHOWN_EXCLUSIONS,
  type TaskExcluded,
} from '@cyberstroll/contracts';
import { TargetSet } from '@cyberstroll/targets';
import { isWindowOpen } from '../gate/scan-windows';

/** What takes out whole addresses. */
export interface WholeExclusion extends Pick<Exclusion, 'exclusion_id' | 'reason'> {
  /** What tasks show: of a list its name. */
  target: string;
  /** The addresses. */
  set: TargetSet;
}

/**
 * An exclusion that is in force, as far as services need it. A list is one for its whole addresses, and one more for
 * each set of ports that its entries name.
 */
export interface ExclusionInForce extends WholeExclusion {
  ports?: string | undefined;
}

/** `until` of an exclusion without an end. */
export const NEVER = new Date('9999-12-31T23:59:59.999Z');

export function toExclusionState(
  { start, until, hours }: Pick<Exclusion, 'start' | 'until' | 'hours'>,
  now: Date,
): ExclusionState {
  if (until <= now) return 'ended';
  return start <= now && isWindowOpen(hours, now) ? 'in_force' : 'planned';
}

export const NO_TARGETS = new TargetSet([]);

/** All addresses of these exclusions. */
export const toExcludedSet = (exclusions: readonly Pick<WholeExclusion, 'set'>[]): TargetSet =>
  NO_TARGETS.union(...exclusions.map(({ set }) => set));

/** What exclusions take out of targets. */
export interface TakenOut {
  /** The targets without them. */
  targets: TargetSet;
  /** The targets that they take out. */
  excluded: TargetSet;
  /** Which exclusions take out how many: the first 100. */
  by: ExcludedBy[];
}

export function takeOutExcluded(targets: TargetSet, exclusions: readonly WholeExclusion[]): TakenOut {
  const taken = exclusions
    .map((exclusion) => ({ exclusion, common: targets.intersect(exclusion.set) }))
    .filter(({ common }) => !common.isEmpty);
  if (taken.length === 0) return { targets, excluded: NO_TARGETS, by: [] };
  const excluded = NO_TARGETS.union(...taken.map(({ common }) => common));
  const by = taken.slice(0, SHOWN_EXCLUSIONS).map(({ exclusion: { exclusion_id, target, reason }, common }) => ({
    exclusion_id,
    target,
    reason,
    count: Number(common.count),
  }));
  return { targets: targets.minus(excluded), excluded, by };
}

/** What a task's document says of them after more was taken out. `all`: every address that was taken out so far. */
export function addTakenOut(
  before: TaskExcluded | undefined,
  { by }: Pick<TakenOut, 'by'>,
  all: TargetSet,
): TaskExcluded {
  const counts = new Map(before?.by.map((each) => [each.exclusion_id, each]));
  for (const each of by) {
    const known = counts.get(each.exclusion_id)?.count ?? 0;
    counts.set(each.exclusion_id, { ...each, count: known + each.count });
  }
  return { target: all.toText(), count: Number(all.count), by: [...counts.values()].slice(0, SHOWN_EXCLUSIONS) };
}
