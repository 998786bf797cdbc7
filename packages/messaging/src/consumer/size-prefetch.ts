/**
 * How many messages a consumer may hold so that they take about `maxBytes`: few large ones, many small ones. It follows
 * the mean size of what arrives. It is a power of four, so that it seldom changes.
 */
export interface SizePrefetch {
  note(bytes: number): void;
  present(): number;
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
    present() {
      const fitting = 4 ** Math.floor(Math.log(maxBytes / Math.max(1, mean)) / Math.log(4) + 1e-9);
      return Math.min(most, Math.max(LEAST, fitting));
    },
  };
}
