/** Consecutive indexes of a task. */
export interface IndexStretch {
  first_index: number;
  count: number;
}

/** A chunk of the dispatch ledger. */
export interface StoredChunk extends IndexStretch {
  task_id: string;
  dispatched_time: Date;
  first_dispatched_time?: Date;
  settled: boolean;
  /** Why it waits to be sent; absent: it was sent. */
  waits?: 'dropped' | 'silent' | 'lost' | 'postponed';
}

/** The index behind its last one. */
export const toEnd = ({ first_index, count }: IndexStretch): number => first_index + count;

export const toIndexes = ({ first_index, count }: IndexStretch): number[] =>
  Array.from({ length: count }, (_, i) => first_index + i);

/** The first of these that are consecutive from `first`. Undefined ends them. */
export function takeConsecutive<Each extends IndexStretch>(
  stretches: readonly (Each | undefined)[],
  first: number,
): Each[] {
  let next = first;
  const taken: Each[] = [];
  for (const stretch of stretches) {
    if (stretch?.first_index !== next) break;
    taken.push(stretch);
    next = toEnd(stretch);
  }
  return taken;
}
