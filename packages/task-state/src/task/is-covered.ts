import type { Covers, Task } from '@cyberstroll/contracts';
import { findKeyRange, type KeyRange } from '@cyberstroll/targets';

/** What of a task says whether a rule covers it. */
export type CoveredFacts = Pick<Task, 'labels' | 'target_ranges'> & { config: Pick<Task['config'], 'pool'> };

/**
 * Whether a rule covers a task. Where a task has no ranges (an earlier release created it), or joined ones (more than
 * 64), its addresses are not known here: it counts as covered by every network that they may lie in. A network that
 * cannot be read covers nothing.
 */
export function isCovered(
  { all, pool, label, network }: Covers,
  { config, labels, target_ranges }: CoveredFacts,
): boolean {
  if (all) return true;
  if (pool !== undefined) return config.pool === pool;
  if (label !== undefined) return labels?.includes(label) ?? false;
  const range = network === undefined ? undefined : findKeyRange(network);
  if (!range) return false;
  if (!target_ranges) return true;
  return target_ranges.some(({ first, last }) => first <= range.last && last >= range.first);
}

/** Whether its targets lie wholly in these ranges. Nobody knows the addresses of a task without ranges: it does not. */
export const liesWithin = ({ target_ranges }: CoveredFacts, ranges: readonly KeyRange[]): boolean =>
  target_ranges?.every((own) => ranges.some(({ first, last }) => first <= own.first && own.last <= last)) ?? false;
