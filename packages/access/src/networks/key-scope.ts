import { type KeyRange, parseScope, parseTargets, type TargetSet, toKeyRanges } from '@cyberstroll/targets';

export type KeyScope = ReturnType<typeof createKeyScope>;

/** The networks of an API key. Throws a TargetError that names a refused network. */
export function createKeyScope(networks: readonly string[]) {
  const text = networks.join(',');
  const scope = parseScope(text);
  const ranges = toKeyRanges(parseTargets(text).intervals, Number.POSITIVE_INFINITY);
  return {
    ...scope,
    /** As they were given. */
    networks,
    /** The networks as ranges of keys, ascending, none next to another. */
    ranges,
    /**
     * Whether a task with these targets is visible to the key. The ranges in a task's document decide: of
     * targets in more than 64 pieces some are joined, and then the addresses between them count too.
     */
    covers: (targets: TargetSet): boolean => toKeyRanges(targets.intervals).every((range) => isWithin(range, ranges)),
  };
}

const isWithin = (inner: KeyRange, outer: readonly KeyRange[]): boolean =>
  outer.some(({ first, last }) => first <= inner.first && inner.last <= last);
