/** Entries that a history keeps. */
const MAX_ENTRIES = 100;
/** Of these, the first ones stay as they are: how it began. */
const KEPT_FIRST = 10;

interface Entry {
  timestamp: Date;
  reason?: string;
  folded?: number | undefined;
  since?: Date | undefined;
}

/**
 * A history with an end to its growth: of more than 100 entries, the oldest behind the first ten are folded into one. It
 * shows the last of them; `folded` says how many it stands for, and `since` when the first of them was. `merge` may carry
 * over more of the earlier entry.
 */
export function foldHistory<E extends Entry>(
  history: readonly E[],
  merge: (earlier: E, later: E) => E = (_, later) => later,
): E[] {
  const excess = history.length - MAX_ENTRIES;
  if (excess <= 0) return [...history];
  const end = KEPT_FIRST + excess + 1;
  const folded = history.slice(KEPT_FIRST, end).reduce((earlier, later) => {
    const count = (earlier.folded ?? 1) + (later.folded ?? 1);
    const since = earlier.since ?? earlier.timestamp;
    const reason = `the last of ${count} entries that were folded into one`;
    return { ...merge(earlier, later), folded: count, since, reason };
  });
  return [...history.slice(0, KEPT_FIRST), folded, ...history.slice(end)];
}
