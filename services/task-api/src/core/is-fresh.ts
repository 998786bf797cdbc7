import type { ProgressSnapshot } from '@cyberstroll/contracts';

/** The age up to which a cached snapshot is shown, in milliseconds; either way, since clocks differ. */
const FRESH_MS = 2_000;

export const isFresh = (snapshot: Pick<ProgressSnapshot, 'timestamp'>, now: Date): boolean =>
  Math.abs(now.getTime() - Date.parse(snapshot.timestamp)) <= FRESH_MS;
