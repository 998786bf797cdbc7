import { MAX_SELECTED_TARGETS, toPortions } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { parseTargets, TargetError, type TargetIndex } from '@cyberstroll/targets';

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
