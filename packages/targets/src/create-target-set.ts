import { parseTargets } from './parse-targets';
import { TargetError, type TargetList } from './target-error';
import type { TargetSet } from './target-set';

/**
 * The targets of a task: `include` without `exclude` (blank means nothing excluded), both as parseTargets() reads them.
 * Throws a TargetError for a refused entry, for a set that is empty (after the exclusions too), and for one of more
 * than `maxCount` addresses; its `list` says which of the two texts has the fault.
 */
export function createTargetSet(options: { include: string; exclude?: string; maxCount?: number | bigint }): TargetSet {
  const { include, exclude = '', maxCount } = options;
  const included = parseList('include', include);
  const set = exclude.trim() === '' ? included : included.minus(parseList('exclude', exclude));
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

function parseList(list: TargetList, text: string): TargetSet {
  try {
    return parseTargets(text);
  } catch (error) {
    throw error instanceof TargetError ? error.inList(list) : error;
  }
}
