import { AppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import type { FoundGroup, Indexes } from '../core/plan-grid';

/** Indexes that are read at once, by their ids: an answer needs the memory of one such read, and of its cells. */
const READ_AT_ONCE = 32_768;
/** An answer that takes longer, in milliseconds, is given up before its client has 503. */
const READ_WITHIN_MS = 4_000;

/** What was found of these indexes: of all from `first` to `last`, or of a few. */
export interface Slice {
  first: number;
  count: number;
  found: readonly FoundGroup[];
}

interface SliceQuery {
  indexes: Indexes;
  inDetail: boolean;
  /** By their first index: slices that are not read. */
  without?: ReadonlySet<number>;
}

/**
 * The touched subtasks of a task, slice by slice. Indexes that no node has touched are passed over. Rejects with
 * AppError `invalid` `grid_too_large` after 4 s; what was yielded by then is right.
 */
export async function* readSlices(
  { subTasks }: Pick<Store, 'subTasks'>,
  taskId: string,
  { indexes, inDetail, without = new Set() }: SliceQuery,
): AsyncGenerator<Slice> {
  const find = (wanted: Indexes) => subTasks.findGridGroups(taskId, { indexes: wanted, inDetail });
  if (!('first' in indexes)) {
    const [first = 0] = indexes;
    if (!without.has(first)) yield { first, count: indexes.length, found: await find(indexes) };
    return;
  }
  const giveUpAt = performance.now() + READ_WITHIN_MS;
  for (let first = indexes.first; first <= indexes.last; ) {
    const last = Math.min(first + READ_AT_ONCE - 1, indexes.last);
    let next: number | undefined = last + 1;
    if (!without.has(first)) {
      if (performance.now() > giveUpAt) throw new AppError('grid_too_large');
      const found = await find({ first, last });
      yield { first, count: last - first + 1, found };
      if (found.length === 0 && next <= indexes.last) next = await subTasks.findNextTouched(taskId, next);
    }
    if (next === undefined || next > indexes.last) return;
    first = next - ((next - indexes.first) % READ_AT_ONCE);
  }
}
