import { readTargets } from './parse-targets';
import { finish, type Slices } from './slices';
import { TargetError, type TargetList } from './target-error';
import type { TargetSet } from './target-set';

/**
 * The targets of a task: `include` without `exclude` (blank means nothing excluded), both as parseTargets() reads them.
 * Throws a TargetError for a refused entry, for a set that is empty (after the exclusions too), and for one of more
 * than `maxCount` addresses; its `list` says which of the two texts has the fault.
 */
export const createTargetSet = (options: TargetLists): TargetSet => finish(readTargetSet(options));

interface TargetLists {
  include: string;
  exclude?: string;
  maxCount?: number | bigint;
}

/** The same in slices. */
export function* readTargetSet({ include, exclude = '', maxCount }: TargetLists): Slices<TargetSet> {
  const included = yield* readList('include', include);
  const set = exclude.trim() === '' ? included : included.minus(yield* readList('exclude', exclude));
  yield;
  if (set.isEmpty) throw new TargetError(include, 'empty', 'the exclusions leave no target', { list: 'include' });
  if (maxCount !== undefined) requireAtMost(set, include, maxCount);
  return set;
}

/** Throws a TargetError for a set, made of the text `include`, of more than `maxCount` addresses. */
export function requireAtMost(set: TargetSet, include: string, maxCount: number | bigint): void {
  if (set.count <= maxCount) return;
  const explanation = `${set.count} addresses; the limit is ${maxCount}`;
  throw new TargetError(include, 'too-many', explanation, { limit: maxCount, list: 'include' });
}

function* readList(list: TargetList, text: string): Slices<TargetSet> {
  try {
    return yield* readTargets(text);
  } catch (error) {
    throw error instanceof TargetError ? error.inList(list) : error;
  }
}
