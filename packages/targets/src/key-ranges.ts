import { toKey } from './address-key';
import type { Interval } from './interval';

/** Addresses from `first` to `last`, as keys that sort as addresses do. */
export interface KeyRange {
  first: string;
  last: string;
}

/** The most ranges of a set. */
export const MAX_KEY_RANGES = 64;

/**
 * Ascending ranges of keys that hold all of these intervals, which are those of a set. Of more than `max` (2 or more),
 * those with the smallest gaps between them are joined: then the ranges hold other addresses too. No range holds keys
 * of two families.
 */
export function toKeyRanges(intervals: readonly Interval[], max = MAX_KEY_RANGES): KeyRange[] {
  const kept = findWidestGaps(intervals, max - 1);
  const starts = [0, ...kept];
  return intervals.length === 0
    ? []
    : starts.map((from, i) => {
        const [start, end] = [intervals[from]!, intervals[(starts[i + 1] ?? intervals.length) - 1]!];
        return { first: toKey(start.first, start.family), last: toKey(end.last, end.family) };
      });
}

/**
 * Where the widest gaps end, ascending: `count` of them at most, the first ones if several are equally wide. Keeps only
 * these few sorted, so that 100,000 intervals cost some milliseconds.
 */
function findWidestGaps(intervals: readonly Interval[], count: number): number[] {
  const widest: { at: number; width: bigint }[] = [];
  for (let at = 1; at < intervals.length; at++) {
    const width = toGap(intervals[at - 1]!, intervals[at]!);
    if (widest.length === count && width <= widest.at(-1)!.width) continue;
    let place = widest.length;
    while (place > 0 && widest[place - 1]!.width < width) place--;
    widest.splice(place, 0, { at, width });
    if (widest.length > count) widest.pop();
  }
  return widest.map(({ at }) => at).sort((a, b) => a - b);
}

/** Wider than any other gap between the two families. */
const toGap = (before: Interval, after: Interval): bigint =>
  before.family === after.family ? after.first - before.last : 1n << 128n;
