import { IntervalCollector } from './interval';
import { parseTargets } from './parse-targets';
import { createPermutation } from './permute-index';
import type { TargetSegment } from './target-segment';
import { TargetSet } from './target-set';

/**
 * Some of a task's targets, collected by their indexes, one bit for each target of the task. `segments`: the task's, as
 * createTargetIndex() takes them.
 */
export function createTargetSubset(segments: readonly TargetSegment[]) {
  const bases: number[] = [];
  let total = 0;
  for (const { count } of segments) {
    bases.push(total);
    total += count;
  }
  const permutations = segments.map(({ count, order, seed }) =>
    order === 'permuted' ? createPermutation(count, seed) : undefined,
  );
  /** By place in the order of addresses, within each segment. */
  const bits = new Uint8Array(Math.ceil(total / 8));
  const has = (place: number) => (bits[place >>> 3]! & (1 << (place & 7))) !== 0;

  return {
    /** Index of a subtask. */
    add(index: number): void {
      if (!Number.isInteger(index) || index < 0 || index >= total) {
        throw new RangeError(`index ${index} of ${total} targets`);
      }
      const at = bases.findLastIndex((base) => base <= index);
      const base = bases[at]!;
      const place = base + (permutations[at]?.permute(index - base) ?? index - base);
      bits[place >>> 3]! |= 1 << (place & 7);
    },
    /** The addresses; undefined if they are more than `maxIntervals` intervals. */
    toSet(maxIntervals: number): TargetSet | undefined {
      const collector = new IntervalCollector();
      let count = 0;
      for (const [at, { targets }] of segments.entries()) {
        let from = bases[at]!;
        for (const { family, first, last } of parseTargets(targets).intervals) {
          const end = from + Number(last - first) + 1;
          for (let place = from; place < end; ) {
            if ((place & 7) === 0 && bits[place >>> 3] === 0) {
              place += 8;
              continue;
            }
            const start = place;
            while (place < end && has(place)) place += 1;
            if (place > start) {
              count += 1;
              if (count > maxIntervals) return undefined;
              collector.add({ family, first: first + BigInt(start - from), last: first + BigInt(place - 1 - from) });
            } else {
              place += 1;
            }
          }
          from = end;
        }
      }
      return new TargetSet(collector.merge());
    },
  };
}
