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
import { parseTargets, TargetSet } from '@cyberstroll/targets';
import { isWindowOpen } from '../gate/scan-windows';

/** An exclusion that is in force, as far as services need it. */
export type ExclusionInForce = Pick<Exclusion, 'exclusion_id' | 'target' | 'ports' | 'reason'>;

/** An exclusion that takes out whole addresses. */
export type WholeExclusion = Pick<Exclusion, 'exclusion_id' | 'target' | 'reason'> & {
  /** Those that it takes out, where they are not all of its target. */
  addresses?: TargetSet;
};

/** The addresses that it takes out. */
export const toExcludedAddresses = ({ target, addresses }: Pick<WholeExclusion, 'target' | 'addresses'>): TargetSet =>
  addresses ?? parseTargets(target);

/** `until` of an exclusion without an end. */
export const NEVER = new Date('9999-12-31T23:59:59.999Z');

export function toExclusionState(
  { start, until, hours }: Pick<Exclusion, 'start' | 'until' | 'hours'>,
  now: Date,
): ExclusionState {
  if (until <= now) return 'ended';
  return start <= now && isWindowOpen(hours, now) ? 'in_force' : 'planned';
}

/** All addresses of these exclusions. */
export function toExcludedSet(exclusions: readonly Pick<WholeExclusion, 'target' | 'addresses'>[]): TargetSet {
  const texts = exclusions.flatMap(({ target, addresses }) => (addresses ? [] : [target]));
  const set = texts.length === 0 ? new TargetSet([]) : parseTargets(texts.join(','));
  return exclusions.reduce((sum, { addresses }) => (addresses ? sum.union(addresses) : sum), set);
}

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
  const excluded = targets.intersect(toExcludedSet(exclusions));
  if (excluded.isEmpty) return { targets, excluded, by: [] };
  const by: ExcludedBy[] = [];
  for (const exclusion of exclusions) {
    if (by.length === SHOWN_EXCLUSIONS) break;
    const { exclusion_id, target, reason } = exclusion;
    const count = Number(excluded.intersect(toExcludedAddresses(exclusion)).count);
    if (count > 0) by.push({ exclusion_id, target, reason, count });
  }
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
