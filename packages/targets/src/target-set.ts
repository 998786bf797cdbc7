import { parseAddress } from './address';
import { formatInterval, formatMember, type Interval, IntervalCollector } from './interval';

/**
 * An immutable set of addresses: disjoint, sorted intervals that do not touch, IPv4 before IPv6. Everything is
 * arithmetic on the intervals, so a /8 costs as much as a /32: count and membership never expand it.
 *
 * Members are numbered from 0 in ascending order. No member is an IPv4-mapped IPv6 address.
 */
export class TargetSet {
  readonly intervals: readonly Interval[];
  readonly count: bigint;
  #offsets: readonly bigint[] | undefined;

  /** `intervals` must be as the class promises: they come from IntervalCollector.merge() or from another set. */
  constructor(intervals: readonly Interval[]) {
    // Numbers where they do: a set of a large text has 80,000 intervals.
    let [ipv4, ipv6] = [0, 0n];
    for (const { family, first, last } of intervals) {
      if (family === 4) ipv4 += Number(last) - Number(first) + 1;
      else ipv6 += last - first + 1n;
    }
    this.intervals = intervals;
    this.count = BigInt(ipv4) + ipv6;
  }

  get isEmpty(): boolean {
    return this.intervals.length === 0;
  }

  /** Any valid form of an address; false for any other text. */
  has(address: string): boolean {
    return this.indexOf(address) >= 0n;
  }

  /** The n-th member in canonical text. Throws a RangeError outside 0 ≤ n < count. */
  member(n: bigint | number): string {
    const index = BigInt(n);
    if (index < 0n || index >= this.count) throw new RangeError(`member ${n} of a set of ${this.count}`);
    const offsets = this.#findOffsets();
    const at = findLast(offsets.length, (i) => offsets[i]! <= index);
    const { family, first } = this.intervals[at]!;
    return formatMember(family, first + index - offsets[at]!);
  }

  /** The number of the member that `address` (in any valid form) names, or -1n. */
  indexOf(address: string): bigint {
    const parsed = parseAddress(address);
    if (parsed === undefined) return -1n;
    const family = typeof parsed === 'number' ? 4 : 6;
    const value = BigInt(parsed);
    const at = this.#findInterval(family, value);
    const interval = this.intervals[at];
    if (interval === undefined || interval.family !== family || interval.last < value) return -1n;
    return this.#findOffsets()[at]! + value - interval.first;
  }

  /** Whether the sets have an address in common. Quick if `other` has few intervals. */
  overlaps(other: TargetSet): boolean {
    return other.intervals.some(({ family, first, last }) => {
      const interval = this.intervals[this.#findInterval(family, last)];
      return interval?.family === family && interval.last >= first;
    });
  }

  /** Quick if one of both has few intervals. */
  intersect(other: TargetSet): TargetSet {
    if (other.intervals.length > this.intervals.length) return other.intersect(this);
    const common: Interval[] = [];
    for (const { family, first, last } of other.intervals) {
      let at = Math.max(0, this.#findInterval(family, first));
      for (; at < this.intervals.length; at++) {
        const own = this.intervals[at]!;
        if (own.family > family || (own.family === family && own.first > last)) break;
        if (own.family < family || own.last < first) continue;
        const begins = own.first > first;
        const ends = own.last < last;
        common.push({ family, first: begins ? own.first : first, last: ends ? own.last : last });
      }
    }
    return new TargetSet(common);
  }

  union(...others: readonly TargetSet[]): TargetSet {
    const collector = new IntervalCollector();
    for (const { intervals } of [this, ...others]) for (const interval of intervals) collector.add(interval);
    return new TargetSet(collector.merge());
  }

  minus(other: TargetSet): TargetSet {
    const kept: Interval[] = [];
    let i = 0;
    for (const { family, first, last } of this.intervals) {
      let from = first;
      for (; from <= last; i++) {
        const cut = other.intervals[i];
        if (cut === undefined || cut.family > family || (cut.family === family && cut.first > last)) break;
        if (cut.family < family || cut.last < from) continue;
        if (cut.first > from) kept.push({ family, first: from, last: cut.first - 1n });
        from = cut.last + 1n;
        // This cut may reach into the next interval too.
        if (from > last) break;
      }
      if (from <= last) kept.push({ family, first: from, last });
    }
    return new TargetSet(kept);
  }

  /** Compact text that parseTargets() reads back to the same set; '' (which it refuses) for the empty set. */
  toText(): string {
    return this.intervals.map(formatInterval).join(',');
  }

  toJSON(): string {
    return this.toText();
  }

  /** How many members lie before each interval. Most sets are never asked for a member. */
  #findOffsets(): readonly bigint[] {
    let count = 0n;
    this.#offsets ??= this.intervals.map(({ first, last }) => {
      const offset = count;
      count += last - first + 1n;
      return offset;
    });
    return this.#offsets;
  }

  /** The last interval that does not begin behind this address; -1 if all of them do. */
  #findInterval(family: 4 | 6, value: bigint): number {
    return findLast(this.intervals.length, (i) => {
      const interval = this.intervals[i]!;
      return interval.family === family ? interval.first <= value : interval.family < family;
    });
  }
}

/** The last i of 0 ≤ i < length for which `holds`, which holds up to some i and for none after it; -1 if for none. */
function findLast(length: number, holds: (i: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
