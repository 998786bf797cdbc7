import { type AddressRange, parseAddress } from '@cyberstroll/targets';

/** Addresses of one cell: one, a /24, or a /16 (of IPv6: a /120, a /112). */
export type Per = 1 | 256 | 65_536;

export interface BlockWindow {
  /** Of all ranges. */
  total: number;
  /** The position of the first target of each block in the window, and the position after the last one. */
  starts: number[];
}

/**
 * The blocks of `per` addresses that hold a target, in the order of the positions, from number `from` on, `count` at
 * most. `ranges` begin at `position`. A block ends where the address does, not where `per` targets do: so a cell is a
 * whole /24 or /16, whatever is excluded from the task.
 */
export function findBlocks(
  ranges: readonly AddressRange[],
  per: Per,
  { from = 0, count = Number.POSITIVE_INFINITY, position = 0 } = {},
): BlockWindow {
  const bits = BigInt(Math.log2(per));
  const starts: number[] = [];
  let total = 0;
  let next = position;
  let before = '';
  for (const [text, length] of ranges) {
    const parsed = parseAddress(text)!;
    const family = typeof parsed === 'number' ? 4 : 6;
    const first = BigInt(parsed);
    const last = first + BigInt(length - 1);
    const lowest = first >> bits;
    const highest = last >> bits;
    const begun = before === `${family} ${lowest}` ? 1 : 0;
    const added = Number(highest - lowest) + 1 - begun;
    // One more than the window: where the block after it begins, the window ends.
    const wantedEnd = Math.min(added, from + count + 1 - total);
    for (let at = Math.max(0, from - total); at < wantedEnd; at++) {
      const block = lowest + BigInt(at + begun);
      starts.push(block === lowest ? next : next + Number((block << bits) - first));
    }
    total += added;
    next += length;
    before = `${family} ${highest}`;
  }
  if (from < total && starts.length <= count) starts.push(next);
  return { total, starts };
}

/** The last block that begins at or before the position; -1 if none does. */
export function findBlock(starts: readonly number[], position: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
