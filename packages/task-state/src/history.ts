/** Entries that a history keeps. */
const MAX_ENTRIES = 100;
/**
 * Bytes that a history keeps, as JSON. Eleven entries with the longest reason and operator in any script have 29,000.
 */
const MAX_BYTES = 32_768;
/** The first entries stay as they are: they show how it began. */
const KEPT_FIRST = 10;

interface Entry {
  timestamp: Date;
  reason?: string;
  folded?: number | undefined;
  since?: Date | undefined;
}

/**
 * Limits the growth of a history. If it has more than 100 entries or 32 KB, the oldest entries after the first ten are
 * folded into one. The folded entry shows the last of them. `folded` says how many it stands for, and `since` when the
 * first of them was. `merge` may carry over more of the earlier entry.
 */
export function foldHistory<E extends Entry>(
  history: readonly E[],
  merge: (earlier: E, later: E) => E = (_, later) => later,
): E[] {
  const excess = countExcess(history);
  if (excess === 0) return [...history];
  const end = KEPT_FIRST + excess + 1;
  const folded = history.slice(KEPT_FIRST, end).reduce((earlier, later) => {
    const count = (earlier.folded ?? 1) + (later.folded ?? 1);
    const since = earlier.since ?? earlier.timestamp;
    const reason = `the last of ${count} entries that were folded into one`;
    return { ...merge(earlier, later), folded: count, since, reason };
  });
  return [...history.slice(0, KEPT_FIRST), folded, ...history.slice(end)];
}

/** How many entries must go, so that the others are within both limits. */
function countExcess(history: readonly Entry[]): number {
  // The first entries and one more are always within both limits. Most histories are this short, so they are not
  // measured.
  if (history.length <= KEPT_FIRST + 1) return 0;
  const sizes = history.map((entry) => Buffer.byteLength(JSON.stringify(entry)));
  let bytes = sizes.reduce((sum, size) => sum + size);
  let excess = 0;
  const isOver = () => history.length - excess > MAX_ENTRIES || bytes > MAX_BYTES;
  for (; isOver() && KEPT_FIRST + excess < history.length - 1; excess++) bytes -= sizes[KEPT_FIRST + excess]!;
  return excess;
}
