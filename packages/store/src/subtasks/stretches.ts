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
