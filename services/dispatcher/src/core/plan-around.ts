import type { IndexStretch } from './index-stretch';

/** A chunk with its place among all chunks of the pool's plan: they are sent in this order. */
export interface PlacedStretch extends IndexStretch {
  place: number;
  /** It is written down, and not sent. */
  postponed?: true;
}

/**
 * A task's plan, laid around the chunks that the ledger has at its cursor and beyond (`written`, by index): those are
 * sent as they are, however far they reach, and what is planned fills the gaps between them and continues behind them.
 * Consecutive from the cursor, and none overlaps a written one. A written chunk takes the place of the one before it.
 */
export function planAround<Written extends IndexStretch>(
  cursor: number,
  planned: readonly PlacedStretch[],
  written: readonly Written[],
): (PlacedStretch | (Written & PlacedStretch))[] {
  const chunks: (PlacedStretch | (Written & PlacedStretch))[] = [];
  let next = cursor;
  const fillUpTo = (end: number) => {
    for (const { first_index, count, ...rest } of planned) {
      const last = Math.min(first_index + count, end);
      if (next < first_index || next >= last) continue;
      chunks.push({ ...rest, first_index: next, count: last - next });
      next = last;
    }
  };
  for (const chunk of written) {
    if (chunk.first_index < next) continue;
    fillUpTo(chunk.first_index);
    // The plan ends before it: it waits for a later pass.
    if (chunk.first_index > next) return chunks;
    chunks.push({ ...chunk, place: chunks.at(-1)?.place ?? 0 });
    next += chunk.count;
  }
  fillUpTo(Number.POSITIVE_INFINITY);
  return chunks;
}
