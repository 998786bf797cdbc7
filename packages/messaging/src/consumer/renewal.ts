const FIRST: ReadonlySet<number> = new Set([1, 2, 4]);
const THEN_EVERY = 6;

/**
 * Whether an idle consumer gets a new channel at its n-th look in a row without a message; 0: there was one. Soon at
 * first, and then seldom: a fleet of idle nodes would otherwise open channels and declare queues all the time.
 */
export const isRenewalDue = (idleLooks: number): boolean =>
  FIRST.has(idleLooks) || (idleLooks > 0 && idleLooks % THEN_EVERY === 0);
