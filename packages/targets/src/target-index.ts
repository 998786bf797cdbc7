import { type AddressValue, formatAddress, parseIpv4 } from './address';
import { formatMember, type Interval } from './interval';
import { parseTargets } from './parse-targets';
import { createPermutation, type Permutation, type PermutationParameters } from './permute-index';
import { TargetError } from './target-error';
import { MAX_INDEXES, type TargetSegment, tooMany } from './target-segment';
import type { TargetSet } from './target-set';

/** Consecutive addresses: the first one, and how many. */
export type AddressRange = readonly [first: string, count: number];

/** The members of an index that are in a set, too. */
export interface CommonMembers {
  count: number;
  /** The indexes of `limit` of them, from the `first` on, in the order of their addresses. */
  toIndexes(first: number, limit: number): number[];
}

/** How the indexes of one segment follow from the positions. In sequential order both are the same. */
export interface SegmentPermutation extends PermutationParameters {
  readonly count: number;
}

const SEQUENTIAL: PermutationParameters = { stride: 1, inverse: 1, offset: 0 };

/**
 * A task's targets as numbered subtasks: index ↔ address, a pure function of the stored segments either way. Segments
 * are appended and never changed, and each owns the indexes after those of the segments before it, so targets that are
 * added later never move an earlier index. No two segments hold the same address, so an address has one index.
 */
export type TargetIndex = ReturnType<typeof createTargetIndex>;

/**
 * Throws a TargetError for a segment that is not what toSegment() made (its text does not parse, or has another count),
 * for one that overlaps an earlier one, and for more than 2³² targets. Costs milliseconds for large lists: build once,
 * keep.
 */
export function createTargetIndex(segments: readonly TargetSegment[]) {
  const lookups: SegmentLookup[] = [];
  let count = 0;
  let covered: TargetSet | undefined;
  for (const segment of segments) {
    const set = parseTargets(segment.targets);
    if (set.count !== BigInt(segment.count)) {
      throw new TargetError(segment.targets, 'segment', `the segment says ${segment.count}, its targets ${set.count}`);
    }
    lookups.push(new SegmentLookup(segment, set, count));
    const coveredBefore = covered?.count ?? 0n;
    covered = covered?.union(set) ?? set;
    if (covered.count !== coveredBefore + set.count) {
      throw new TargetError(segment.targets, 'segment', 'the segment overlaps an earlier one');
    }
    count += segment.count;
  }
  if (count > MAX_INDEXES) throw tooMany(segments[0]!.targets, count);
  /** The segment of an index, or of a position. */
  function findLookup(n: number): SegmentLookup {
    if (!Number.isInteger(n) || n < 0 || n >= count) throw new RangeError(`index ${n} of ${count} targets`);
    let at = lookups.length - 1;
    while (lookups[at]!.base > n) at--;
    return lookups[at]!;
  }
  return {
    /** Number of targets; at most 2³². */
    count,
    /** What it takes to know them: its memory grows with these, not with `count`. */
    intervals: lookups.reduce((sum, { intervals }) => sum + intervals, 0),
    segments: lookups.map(({ permutation }) => permutation),
    /** The address of an index, canonical. Throws a RangeError outside 0 ≤ index < count. */
    member: (index: number): string => formatAddress(findLookup(index).valueOf(index)),
    /** The same as a number: cheaper where only its place matters. */
    valueOf: (index: number): AddressValue => findLookup(index).valueOf(index),
    /**
     * The positions number the targets by their addresses: segment after segment, in each one ascending. Throws a
     * RangeError as `member` does.
     */
    toPosition: (index: number): number => findLookup(index).toPosition(index),
    toIndex: (position: number): number => findLookup(position).toIndex(position),
    /** The addresses of `count` positions from `first` on. */
    toRanges: (first: number, length: number): AddressRange[] =>
      lookups.flatMap((lookup) => lookup.toRanges(first, first + length)),
    /**
     * The index of a place among all members in the order of their addresses, whatever segment they are of. Throws a
     * RangeError as `member` does.
     */
    atPlace(place: number): number {
      if (lookups.length === 1) return findLookup(place).toIndex(place);
      findLookup(place);
      return this.indexOf(covered!.member(place));
    },
    /** The place of a member. */
    toPlace: (address: string): number => Number(covered!.indexOf(address)),
    /** Indexes that hold those of the positions from `first` to `last`. Of a permuted segment it is all of them. */
    toIndexRange(first: number, last: number): { first: number; last: number } {
      const range = { first: Number.POSITIVE_INFINITY, last: -1 };
      for (const lookup of lookups) {
        if (lookup.base > last || lookup.end <= first) continue;
        range.first = Math.min(range.first, lookup.isSequential ? Math.max(first, lookup.base) : lookup.base);
        range.last = Math.max(range.last, lookup.isSequential ? Math.min(last, lookup.end - 1) : lookup.end - 1);
      }
      return range;
    },
    /** The index of an address in any valid form; -1 if it is not a target. */
    indexOf(address: string): number {
      for (const lookup of lookups) {
        const index = lookup.indexOf(address);
        if (index >= 0) return index;
      }
      return -1;
    },
    /** The members that `set` holds too. Their indexes are read a page at a time. */
    findCommon(set: TargetSet): CommonMembers {
      const parts = lookups.map((lookup) => ({ lookup, common: lookup.intersect(set) }));
      return {
        count: parts.reduce((sum, { common }) => sum + Number(common.count), 0),
        toIndexes(first, limit) {
          const indexes: number[] = [];
          let skipped = first;
          for (const { lookup, common } of parts) {
            for (const interval of common.intervals) {
              const size = Number(interval.last - interval.first) + 1;
              if (skipped >= size) {
                skipped -= size;
                continue;
              }
              const from = interval.first + BigInt(skipped);
              skipped = 0;
              const end = from + BigInt(limit - indexes.length) - 1n;
              const isCut = end < interval.last;
              const last = isCut ? end : interval.last;
              indexes.push(...lookup.indexesOf({ ...interval, first: from, last }));
              if (indexes.length === limit) return indexes;
            }
          }
          return indexes;
        },
      };
    },
    /** The indexes of the members that `set` holds too, ascending. Undefined if they are more than `max`. */
    indexesIn(set: TargetSet, max: number): number[] | undefined {
      const indexes: number[] = [];
      for (const lookup of lookups) {
        const common = lookup.intersect(set);
        if (common.count > max - indexes.length) return undefined;
        for (const interval of common.intervals) indexes.push(...lookup.indexesOf(interval));
      }
      return indexes.sort((a, b) => a - b);
    },
  };
}

/** One segment laid out for the hot path: plain numbers for IPv4, since bigint arithmetic is several times slower. */
class SegmentLookup {
  readonly base: number;
  /** The index after its last one. */
  readonly end: number;
  readonly permutation: SegmentPermutation;
  readonly #set: TargetSet;
  readonly #permutation: Permutation | undefined;
  /** How many members lie before each interval. */
  readonly #offsets: Float64Array;
  readonly #firsts4: Float64Array;
  readonly #lasts4: Float64Array;

  constructor({ count, order, seed }: TargetSegment, set: TargetSet, base: number) {
    const ipv4 = set.intervals.filter(({ family }) => family === 4);
    this.base = base;
    this.end = base + count;
    this.#set = set;
    this.#permutation = order === 'permuted' ? createPermutation(count, seed) : undefined;
    const { stride, inverse, offset } = this.#permutation ?? SEQUENTIAL;
    this.permutation = { count, stride, inverse, offset };
    this.#firsts4 = Float64Array.from(ipv4, ({ first }) => Number(first));
    this.#lasts4 = Float64Array.from(ipv4, ({ last }) => Number(last));
    this.#offsets = new Float64Array(set.intervals.length);
    let members = 0;
    set.intervals.forEach(({ first, last }, i) => {
      this.#offsets[i] = members;
      members += Number(last - first) + 1;
    });
  }

  get intervals(): number {
    return this.#set.intervals.length;
  }

  get isSequential(): boolean {
    return this.#permutation === undefined;
  }

  toPosition(index: number): number {
    return this.#permutation ? this.base + this.#permutation.permute(index - this.base) : index;
  }

  toIndex(position: number): number {
    return this.#permutation ? this.base + this.#permutation.unpermute(position - this.base) : position;
  }

  /** The part of its addresses whose positions lie between `from` and `to`. */
  toRanges(from: number, to: number): AddressRange[] {
    const [first, end] = [Math.max(from, this.base) - this.base, Math.min(to, this.end) - this.base];
    const ranges: AddressRange[] = [];
    for (let at = findAtMost(this.#offsets, first), next = first; next < end; at++) {
      const { family, first: lowest, last } = this.#set.intervals[at]!;
      const skipped = next - this.#offsets[at]!;
      const length = Math.min(Number(last - lowest) + 1 - skipped, end - next);
      ranges.push([formatMember(family, lowest + BigInt(skipped)), length]);
      next += length;
    }
    return ranges;
  }

  valueOf(index: number): AddressValue {
    const position = this.toPosition(index) - this.base;
    const at = findAtMost(this.#offsets, position);
    const rest = position - this.#offsets[at]!;
    if (at < this.#firsts4.length) return this.#firsts4[at]! + rest;
    return this.#set.intervals[at]!.first + BigInt(rest);
  }

  indexOf(address: string): number {
    const position = this.#positionOf(address);
    if (position < 0) return -1;
    return this.toIndex(this.base + position);
  }

  intersect(other: TargetSet): TargetSet {
    return this.#set.intersect(other);
  }

  /** All addresses of the interval must be members. */
  *indexesOf({ family, first, last }: Interval): Generator<number> {
    const from = this.#positionOf(formatMember(family, first));
    const to = from + Number(last - first);
    for (let at = from; at <= to; at++) yield this.base + (this.#permutation?.unpermute(at) ?? at);
  }

  #positionOf(address: string): number {
    const value = parseIpv4(address);
    if (value === undefined) return Number(this.#set.indexOf(address));
    const at = findAtMost(this.#firsts4, value);
    return at < 0 || value > this.#lasts4[at]! ? -1 : this.#offsets[at]! + value - this.#firsts4[at]!;
  }
}

/** Where in the ascending `values` the last one ≤ `wanted` is; -1 if none is. */
function findAtMost(values: Float64Array, wanted: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
