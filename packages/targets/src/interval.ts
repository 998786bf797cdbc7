import { formatIpv4, formatIpv6, MAPPED_FIRST, MAPPED_LAST } from './address';

export interface Interval {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

export function formatMember(family: 4 | 6, value: bigint): string {
  return family === 4 ? formatIpv4(Number(value)) : formatIpv6(value);
}

/** Shortest accepted form: an address, a network, `10.0.0.1-50`, or `first-last`. */
export function formatInterval({ family, first, last }: Interval): string {
  if (first === last) return formatMember(family, first);
  const size = last - first + 1n;
  const text = formatMember(family, first);
  if ((size & (size - 1n)) === 0n && (first & (size - 1n)) === 0n) {
    const hostBits = size.toString(2).length - 1;
    return `${text}/${(family === 4 ? 32 : 128) - hostBits}`;
  }
  if (family === 4 && first >> 8n === last >> 8n) return `${text}-${last & 255n}`;
  return `${text}-${formatMember(family, last)}`;
}

/**
 * Collects overlapping ranges in any order; `merge()` makes them disjoint, sorted, without neighbours that touch, and
 * without the mapped block (which no written address can name, but `::/0` spans).
 */
export class IntervalCollector {
  readonly #firsts4: number[] = [];
  readonly #lasts4: number[] = [];
  readonly #firsts6: bigint[] = [];
  readonly #lasts6: bigint[] = [];

  addIpv4(first: number, last: number): void {
    this.#firsts4.push(first);
    this.#lasts4.push(last);
  }

  addIpv6(first: bigint, last: bigint): void {
    this.#firsts6.push(first);
    this.#lasts6.push(last);
  }

  add({ family, first, last }: Interval): void {
    if (family === 4) this.addIpv4(Number(first), Number(last));
    else this.addIpv6(first, last);
  }

  merge(): Interval[] {
    // Firsts and lasts may be sorted apart: after the i-th last there is a gap exactly if the next first lies beyond
    // it, since by then as many ranges have ended as have begun.
    const merged: Interval[] = [];
    // Typed arrays sort numbers many times faster than a comparator does.
    const firsts4 = Float64Array.from(this.#firsts4).sort();
    const lasts4 = Float64Array.from(this.#lasts4).sort();
    for (let from = 0, i = 0; i < lasts4.length; i++) {
      if (i + 1 < lasts4.length && firsts4[i + 1]! <= lasts4[i]! + 1) continue;
      const first = BigInt(firsts4[from]!);
      // A body may name 80,000 single addresses: each costs one bigint.
      merged.push({ family: 4, first, last: firsts4[from] === lasts4[i] ? first : BigInt(lasts4[i]!) });
      from = i + 1;
    }
    const firsts6 = this.#firsts6.toSorted(compare);
    const lasts6 = this.#lasts6.toSorted(compare);
    for (let from = 0, i = 0; i < lasts6.length; i++) {
      if (i + 1 < lasts6.length && firsts6[i + 1]! <= lasts6[i]! + 1n) continue;
      pushUnmapped(merged, firsts6[from]!, lasts6[i]!);
      from = i + 1;
    }
    return merged;
  }
}

function pushUnmapped(merged: Interval[], first: bigint, last: bigint): void {
  if (last < MAPPED_FIRST || first > MAPPED_LAST) {
    merged.push({ family: 6, first, last });
    return;
  }
  if (first < MAPPED_FIRST) merged.push({ family: 6, first, last: MAPPED_FIRST - 1n });
  if (last > MAPPED_LAST) merged.push({ family: 6, first: MAPPED_LAST + 1n, last });
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
