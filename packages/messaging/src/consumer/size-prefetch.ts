/**
 * How many messages a consumer may hold so that they take about `maxBytes`: few large ones, many small ones. It follows
 * the mean size of what arrives. It is one of few levels, `most` divided by a power of four, so that it seldom changes.
 */
export interface SizePrefetch {
  note(bytes: number): void;
  /** For `part` of all that may be held. */
  present(part?: number): number;
  /** Ascending. */
  readonly levels: readonly number[];
}

const FIRST = 64;
const LEAST = 4;
/** The mean size follows about this number of messages. */
const REMEMBERED = 64;

export function createSizePrefetch({ most, maxBytes }: { most: number; maxBytes: number }): SizePrefetch {
  let mean = maxBytes / FIRST;
  const levels = [most];
  while (levels[0]! > LEAST) levels.unshift(Math.max(LEAST, Math.ceil(levels[0]! / 4)));
  return {
    levels,
    note(bytes) {
      mean += (bytes - mean) / REMEMBERED;
    },
    present(part = 1) {
      const fitting = Math.min(most, maxBytes / Math.max(1, mean)) * part;
      return levels.findLast((level) => level <= fitting + 1) ?? levels[0]!;
    },
  };
}
