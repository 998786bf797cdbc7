const FIRST: ReadonlySet<number> = new Set([1, 2, 4]);
const THEN_EVERY = 6;

/**
 * Whether an idle consumer gets a new channel at its n-th check in a row without a message; 0: there was one. Soon at
 * first, and then rarely: a fleet of idle nodes would otherwise open channels and declare queues all the time.
 */
export const isRenewalDue = (idleChecks: number): boolean =>
  FIRST.has(idleChecks) || (idleChecks > 0 && idleChecks % THEN_EVERY === 0);
