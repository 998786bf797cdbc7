import { MAX_SELECTED_TARGETS, type SubTask, toPortions } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { parseTargets, TargetError, type TargetIndex } from '@cyberstroll/targets';

/** Several lists of subtasks, each in index order, as one. A subtask that moves from one list to another comes once. */
export async function* mergeByIndex(lists: readonly AsyncGenerator<SubTask>[]): AsyncGenerator<SubTask> {
  const heads = await Promise.all(lists.map((list) => list.next()));
  let last = -1;
  for (;;) {
    let least: number | undefined;
    for (const [at, head] of heads.entries()) {
      if (!head.done && (least === undefined || head.value.index < heads[least]!.value.index)) least = at;
    }
    if (least === undefined) return;
    const subTask = heads[least]!.value as SubTask;
    if (subTask.index > last) yield subTask;
    last = subTask.index;
    heads[least] = await lists[least]!.next();
  }
}

/** A part of a task's indexes: from `first` up to, not including, `end`. */
export interface Stretch {
  first: number;
  end: number;
}

/** The length of the first stretch of indexes that is read. Each next one is longer by the factor. */
const MIN_STRETCH = 1_000;
const STRETCH_GROWTH = 8;

export function* toStretches({ first, end }: Stretch, limit: number): Generator<Stretch> {
  let size = Math.max(limit + 1, MIN_STRETCH);
  for (let at = first; at < end; size *= STRETCH_GROWTH) {
    yield { first: at, end: Math.min(end, at + size) };
    at += size;
  }
}

const FIELD = 'target';

/** The indexes of those targets of a task that the text names, ascending. Throws AppError `invalid_targets`. */
export function selectIndexes(targetIndex: TargetIndex, text: string): number[] {
  const indexes = targetIndex.indexesIn(parse(text), MAX_SELECTED_TARGETS);
  if (indexes) return indexes;
  const limit = MAX_SELECTED_TARGETS;
  throw new AppError('invalid_targets', {
    detail: `${FIELD}: it names more than ${limit} targets of the task; name fewer`,
    field: FIELD,
    limit,
  });
}

function parse(text: string) {
  try {
    return parseTargets(text);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    const { entry, reason } = error;
    throw new AppError('invalid_targets', { detail: `${FIELD}: ${error.message}`, field: FIELD, entry, reason });
  }
}

/** Documents that are read at once by their ids. */
const BATCH = 1_000;

export const toBatches = (indexes: readonly number[]): number[][] => toPortions(indexes, BATCH);
