import { parseTargets } from './parse-targets';
import { MAX_PERMUTED_COUNT } from './permute-index';
import { TargetError } from './target-error';
import type { TargetSet } from './target-set';

export type TargetOrder = 'permuted' | 'sequential';

/** A part of a task's targets as it is stored: plain data. `targets` is a set's compact text, `count` its size. */
export interface TargetSegment {
  targets: string;
  count: number;
  order: TargetOrder;
  seed: number;
}

/** An index is kept in four bytes, so a task has at most this many targets. */
export const MAX_INDEXES = MAX_PERMUTED_COUNT;

/** Throws a TargetError for an empty set and for one of more than 2³² addresses. */
export function toSegment(set: TargetSet, { order, seed }: { order: TargetOrder; seed: number }): TargetSegment {
  const targets = set.toText();
  if (set.isEmpty) throw new TargetError(targets, 'empty', 'the set has no targets');
  if (set.count > MAX_INDEXES) throw tooMany(targets, set.count);
  return { targets, count: Number(set.count), order, seed };
}

/**
 * The segments with one more for those members of `set` that no segment holds yet; the same segments if there are none.
 * Earlier indexes stay as they are. Throws a TargetError beyond 2³² addresses in all.
 */
export function appendTargets(
  segments: readonly TargetSegment[],
  set: TargetSet,
  options: { order: TargetOrder; seed: number },
): TargetSegment[] {
  let added = set;
  let total = 0n;
  for (const segment of segments) {
    added = added.minus(parseTargets(segment.targets));
    total += BigInt(segment.count);
  }
  if (added.isEmpty) return [...segments];
  total += added.count;
  if (total > MAX_INDEXES) throw tooMany(added.toText(), total);
  return [...segments, toSegment(added, options)];
}

export function tooMany(targets: string, count: bigint | number): TargetError {
  const explanation = `${count} addresses; the limit is ${MAX_INDEXES}`;
  return new TargetError(targets, 'too-many', explanation, { limit: MAX_INDEXES });
}
