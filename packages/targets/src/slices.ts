/** Work in slices: each `yield` ends one, and whoever runs the work says what may happen in between. */
export type Slices<Result> = Generator<void, Result, void>;

/** Entries or lines of a slice: a few milliseconds. */
export const SLICE = 2_000;

/** Does all of it at once. */
export function finish<Result>(work: Slices<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
