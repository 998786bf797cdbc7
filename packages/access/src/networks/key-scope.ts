import { type KeyRange, parseScope, parseTargets, type Scope, type TargetSet, toKeyRanges } from '@cyberstroll/targets';

/** The networks of an API key. */
export interface KeyScope extends Pick<Scope, 'findOutside' | 'findAllOutside' | 'toText'> {
  /** As they were given. */
  readonly networks: readonly string[];
  /** The networks as ranges of keys, ascending, none next to another. */
  readonly ranges: readonly KeyRange[];
  /**
   * Whether a task with these targets is visible to the key. The ranges in a task's document decide: of
   * targets in more than 64 pieces some are joined, and then the addresses between them count too.
   */
  covers(targets: TargetSet): boolean;
}

/** Throws a TargetError that names a refused network. */
export function createKeyScope(networks: readonly string[]): KeyScope {
  const text = networks.join(',');
  const scope = parseScope(text);
  const ranges = toKeyRanges(parseTargets(text).intervals, Number.POSITIVE_INFINITY);
  return {
    ...scope,
    networks,
    ranges,
    covers: (targets) => toKeyRanges(targets.intervals).every((range) => isWithin(range, ranges)),
  };
}

const isWithin = (inner: KeyRange, outer: readonly KeyRange[]): boolean =>
  outer.some(({ first, last }) => first <= inner.first && inner.last <= last);
