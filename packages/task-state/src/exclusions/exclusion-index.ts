import { type AddressValue, parseAddress, type TargetSet } from '@cyberstroll/targets';
import { toExcludedSet, type WholeExclusion } from './exclusions';

/** All addresses that exclusions take out, and which exclusion takes out an address. Built once per change, shared. */
export interface ExclusionIndex {
  set: TargetSet;
  /** The oldest that covers the address: a cancelled subtask names one. */
  find(address: string): WholeExclusion | undefined;
}

/** All addresses on one line: IPv6 begins behind IPv4. */
const IPV6_AT = 1n << 32n;
const toPlace = (value: AddressValue): bigint => (typeof value === 'number' ? BigInt(value) : IPV6_AT + value);

/**
 * `exclusions`: the oldest first. The line is cut where one begins or ends. Each piece belongs to the oldest that
 * covers it: they take their pieces in turn, and step over those that are taken. The effort grows with the intervals,
 * however many exclusions overlap.
 */
export function createExclusionIndex(exclusions: readonly WholeExclusion[]): ExclusionIndex {
  const spans = exclusions.flatMap(({ set }, owner) =>
    set.intervals.map(({ family, first, last }) => {
      const from = family === 4 ? first : IPV6_AT + first;
      return { owner, from, to: from + last - first + 1n };
    }),
  );
  const cuts = [...new Set(spans.flatMap(({ from, to }) => [from, to]))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const owners = new Int32Array(cuts.length).fill(-1);
  /** By piece: itself if it is free, or one behind it that may be. */
  const next = Int32Array.from({ length: cuts.length + 1 }, (_, piece) => piece);
  const findFree = (from: number): number => {
    let piece = from;
    while (next[piece] !== piece) {
      next[piece] = next[next[piece]!]!;
      piece = next[piece]!;
    }
    return piece;
  };
  for (const { owner, from, to } of spans) {
    const end = findCut(cuts, to);
    for (let piece = findFree(findCut(cuts, from)); piece < end; piece = findFree(piece)) {
      owners[piece] = owner;
      next[piece] = piece + 1;
    }
  }
  return {
    set: toExcludedSet(exclusions),
    find(address) {
      const value = parseAddress(address);
      if (value === undefined) return undefined;
      return exclusions[owners[findCut(cuts, toPlace(value))] ?? -1];
    },
  };
}

/** The last cut at or before a place; -1 if all are behind it. */
function findCut(cuts: readonly bigint[], place: bigint): number {
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cuts[middle]! <= place) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
