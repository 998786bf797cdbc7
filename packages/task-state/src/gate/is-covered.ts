import type { Covers, Task } from '@cyberstroll/contracts';
import { findKeyRange, type KeyRange, parseTargets, toKeyRanges } from '@cyberstroll/targets';

/** What of a task says whether a rule covers it. */
export type CoveredFacts = Pick<Task, 'labels' | 'target_ranges'> & { config: Pick<Task['config'], 'pool'> };

/** What a rule covers, and of that only tasks whose targets lie wholly in the networks of `within`. */
export interface CoveringRule {
  covers: Covers;
  within?: readonly string[] | undefined;
}

/** The networks that the tasks of a rule must lie in, as ranges. Undefined: anywhere. */
export const toWithin = ({ within }: Pick<CoveringRule, 'within'>): KeyRange[] | undefined =>
  within && toKeyRanges(parseTargets(within.join(',')).intervals, Number.POSITIVE_INFINITY);

/** Whether a rule covers a task, for many tasks. */
export function createCoverTest(rule: CoveringRule): (task: CoveredFacts) => boolean {
  const within = toWithin(rule);
  return (task) => isCovered(rule.covers, task) && (!within || liesWithin(task, within));
}

/**
 * Whether a rule covers a task. Where a task has joined ranges (more than 64), its addresses are not known here: it
 * counts as covered by every network that they may lie in. A network that cannot be read covers nothing.
 */
export function isCovered(
  { all, pool, label, network }: Covers,
  { config, labels, target_ranges }: CoveredFacts,
): boolean {
  if (all) return true;
  if (pool !== undefined) return config.pool === pool;
  if (label !== undefined) return labels.includes(label);
  const range = network === undefined ? undefined : findKeyRange(network);
  if (!range) return false;
  return target_ranges.some(({ first, last }) => first <= range.last && last >= range.first);
}

/** Whether its targets lie wholly in these ranges. */
export const liesWithin = ({ target_ranges }: CoveredFacts, ranges: readonly KeyRange[]): boolean =>
  target_ranges.every((own) => ranges.some(({ first, last }) => first <= own.first && own.last <= last));
