/**
 * How many messages a consumer may hold so that they take about `maxBytes`: few large ones, many small ones. It follows
 * the mean size of what arrives. It is a power of four, so that it seldom changes.
 */
export interface SizePrefetch {
  note(bytes: number): void;
  /** For `part` of all that may be held. */
  present(part?: number): number;
}

const FIRST = 64;
const LEAST = 4;
/** The mean size follows about this number of messages. */
const REMEMBERED = 64;

export function createSizePrefetch({ most, maxBytes }: { most: number; maxBytes: number }): SizePrefetch {
  let mean = maxBytes / FIRST;
  return {
    note(bytes) {
      mean += (bytes - mean) / REMEMBERED;
    },
    present(part = 1) {
      const fitting = 4 ** Math.floor(Math.log((maxBytes * part) / Math.max(1, mean)) / Math.log(4) + 1e-9);
      return Math.min(Math.ceil(most * part), Math.max(LEAST, fitting));
    },
  };
}
