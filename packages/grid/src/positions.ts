import { formatMember, parseAddress, restorePermutation } from '@cyberstroll/targets';
import type { SnapshotHeader } from './snapshot';

/** What leads from one name of a subtask to another: its index, its position, its address. */
export type Positions = ReturnType<typeof createPositions>;

/**
 * Of a segment with `count` targets, all before it counted off: position = (stride · index + offset) mod count, and
 * index = inverse · (position − offset) mod count.
 */
export function createPositions({ segments: permutations, ranges, position: first }: SnapshotHeader) {
  let base = 0;
  const segments = permutations.map(({ count, ...parameters }) => {
    const segment = { base, ...restorePermutation(count, parameters) };
    base += count;
    return segment;
  });
  const findSegment = (n: number) => segments.findLast((segment) => segment.base <= n)!;

  let next = first;
  const placed = ranges.map(([text, count]) => {
    const value = parseAddress(text)!;
    const range = { family: toFamily(value), value: BigInt(value), position: next, count };
    next += count;
    return range;
  });

  return {
    /** Of any index of the task. */
    toPosition(index: number): number {
      const { base: before, permute } = findSegment(index);
      return before + permute(index - before);
    },
    /** Of any position of the task. */
    toIndex(position: number): number {
      const { base: before, unpermute } = findSegment(position);
      return before + unpermute(position - before);
    },
    /** The address of a position of the snapshot. Undefined for any other position. */
    toAddress(position: number): string | undefined {
      const range = position < next ? findLast(placed, (each) => each.position <= position) : undefined;
      return range && formatMember(range.family, range.value + BigInt(position - range.position));
    },
    /** The position of an address in any valid form. Undefined if the snapshot has no such target. */
    findPosition(address: string): number | undefined {
      const value = parseAddress(address);
      if (value === undefined) return undefined;
      const family = toFamily(value);
      const wanted = BigInt(value);
      const range = placed.find(
        (each) => each.family === family && each.value <= wanted && wanted < each.value + BigInt(each.count),
      );
      return range && range.position + Number(wanted - range.value);
    },
  };
}

const toFamily = (value: number | bigint): 4 | 6 => (typeof value === 'number' ? 4 : 6);

/** The last of the items for which `holds`, which holds up to some item and for none after it. */
function findLast<Item>(items: readonly Item[], holds: (item: Item) => boolean): Item | undefined {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle]!)) low = middle + 1;
    else high = middle;
  }
  return items[low - 1];
}
