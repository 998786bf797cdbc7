import { MAPPED_FIRST, MAPPED_LAST } from './address';
import { IntervalCollector } from './interval';
import { addRange, type EntryRange, isRefusal, readEntry, toEntries, toTargetError } from './parse-targets';
import { SLICE, type Slices } from './slices';
import type { TargetError } from './target-error';
import { TargetSet } from './target-set';

/** An entry of a target text, with its place in it: 1 is the first one. */
export interface TargetEntry {
  entry: string;
  position: number;
}

/** What a target text says, entry by entry. */
export interface InspectedTargets {
  /** The addresses of all valid entries; empty if no entry is valid. */
  set: TargetSet;
  /** How often an address is named once more by a later entry. */
  duplicates: bigint;
  refused: (TargetEntry & { error: TargetError })[];
  /** All refused entries, those that `refused` leaves out too. */
  refusedCount: number;
  /** The valid entries that have an address of `set`, and their number. */
  findEntriesIn(set: TargetSet, limit: number): Slices<{ entries: TargetEntry[]; count: number }>;
}

/** Reads a text as readTargets() does, but does not stop at a refused entry. `limit`: how many are returned. */
export function* inspectTargets(text: string, limit: number): Slices<InspectedTargets> {
  const collector = new IntervalCollector();
  const refused: InspectedTargets['refused'] = [];
  const ranges: (EntryRange | undefined)[] = [];
  const entries = toEntries(text);
  let refusedCount = 0;
  let named4 = 0;
  let named6 = 0n;
  for (let at = 0; at < entries.length; at++) {
    if (at % SLICE === SLICE - 1) yield;
    const entry = entries[at]!;
    const range = readEntry(entry);
    if (isRefusal(range)) {
      refusedCount += 1;
      if (refused.length < limit) {
        const error = toTargetError(entry, range);
        refused.push({ entry: error.entry, position: at + 1, error });
      }
      ranges.push(undefined);
    } else {
      addRange(collector, range);
      const [first, last] = range;
      if (typeof first === 'number') named4 += (last as number) - first + 1;
      else named6 += countOf(first, last as bigint);
      ranges.push(range);
    }
  }
  const set = new TargetSet(collector.merge());
  return {
    set,
    duplicates: BigInt(named4) + named6 - set.count,
    refused,
    refusedCount,
    *findEntriesIn(wanted, most) {
      const found: TargetEntry[] = [];
      let count = 0;
      if (wanted.isEmpty) return { entries: found, count };
      for (const [at, range] of ranges.entries()) {
        if (at % SLICE === SLICE - 1) yield;
        if (!range || !wanted.overlaps(new TargetSet([toInterval(range)]))) continue;
        count += 1;
        if (found.length < most) found.push({ entry: entries[at]!, position: at + 1 });
      }
      return { entries: found, count };
    },
  };
}

const toInterval = ([first, last]: EntryRange) =>
  ({ family: typeof first === 'number' ? 4 : 6, first: BigInt(first), last: BigInt(last) }) as const;

/** Without the mapped block, which is in no set. */
function countOf(first: bigint, last: bigint): bigint {
  const count = last - first + 1n;
  return first <= MAPPED_FIRST && last >= MAPPED_LAST ? count - (MAPPED_LAST - MAPPED_FIRST + 1n) : count;
}
