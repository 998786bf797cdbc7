/**
 * How many messages a consumer may hold so that they take about `maxBytes`: few large ones, many small ones. It follows
 * the mean size of what arrives. It is one of few levels, `most` halved again and again, so that it seldom changes.
 */
export interface SizePrefetch {
  note(bytes: number): void;
  present(): number;
}

const FIRST = 64;
const LEAST = 4;
/** The mean size follows about this number of messages. */
const REMEMBERED = 64;
/** A level is kept until it takes this many times `maxBytes`: a lower one needs a new channel. */
const TOLERANCE = 1.25;

export function createSizePrefetch({ most, maxBytes }: { most: number; maxBytes: number }): SizePrefetch {
  let mean = maxBytes / FIRST;
  const levels = [most];
  while (levels[0]! > LEAST) levels.unshift(Math.max(LEAST, Math.ceil(levels[0]! / 2)));
  let level = 0;
  return {
    note(bytes) {
      mean += (bytes - mean) / REMEMBERED;
    },
    present() {
      const fitting = Math.min(most, maxBytes / Math.max(1, mean));
      const highest = (most: number) => levels.findLast((each) => each <= most + 1) ?? levels[0]!;
      level = Math.min(Math.max(level, highest(fitting)), highest(fitting * TOLERANCE));
      return level;
    },
  };
}
