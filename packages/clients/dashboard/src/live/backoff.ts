const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

/** Milliseconds until the next try, by the number of failures in a row. `random` (0 to 1) spreads many browsers. */
export const toWait = (failures: number, random: number): number =>
  Math.min(FIRST_WAIT * 2 ** (failures - 1), LONGEST_WAIT) * (0.5 + random / 2);
