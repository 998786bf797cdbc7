import type { KeyRange } from '@cyberstroll/targets';

/**
 * The tasks whose targets lie wholly in these ranges, which are ascending and apart: `covers` of a `KeyScope` as a
 * filter. No range of the task reaches into what is before, between and behind them.
 */
export function withinRanges(ranges: readonly KeyRange[]) {
  const gaps = [...ranges, undefined].map((next, i) => {
    const before = ranges[i - 1];
    return { ...(before && { last: { $gt: before.last } }), ...(next && { first: { $lt: next.first } }) };
  });
  return { $and: gaps.map((gap) => ({ target_ranges: { $not: { $elemMatch: gap } } })) };
}
