import type { Covers } from '@cyberstroll/contracts';
import { findKeyRange } from '@cyberstroll/targets';
import { type CoveringRule, toWithin } from '@cyberstroll/task-state';
import { withinRanges } from './within-ranges';

const NONE = { task_id: { $in: [] as string[] } };

/** The tasks that a rule covers: `createCoverTest` as a filter. */
export function coveredByRule(rule: CoveringRule): { $and: object[] } {
  const within = toWithin(rule);
  return { $and: [coveredBy(rule.covers), ...(within ? [withinRanges(within)] : [])] };
}

/** `isCovered` as a filter. */
function coveredBy({ all, pool, label, network }: Covers): Record<string, unknown> {
  if (all) return {};
  if (pool !== undefined) return { 'config.pool': pool };
  if (label !== undefined) return { labels: label };
  const range = network === undefined ? undefined : findKeyRange(network);
  if (!range) return NONE;
  const { first, last } = range;
  return { target_ranges: { $elemMatch: { first: { $lte: last }, last: { $gte: first } } } };
}
