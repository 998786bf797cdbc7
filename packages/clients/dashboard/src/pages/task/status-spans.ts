import type { Task } from '@cyberstroll/client';

type Status = Task['status'];

/** How long a task was in a status. */
export interface StatusSpan {
  status: Status;
  /** ISO 8601. */
  from: string;
  seconds: number;
  /** It is in it now. */
  isOpen: boolean;
}

const ENDED: readonly Status[] = ['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT'];

/**
 * Seconds from each entry to the next one, from the last one to now; what has ended for good takes no time: undefined.
 * Clocks of services may differ by a little: none is less than nothing. `now`: milliseconds.
 */
export const toDurations = (history: Task['status_history'], now: number): (number | undefined)[] =>
  history.map(({ status, timestamp }, i) => {
    const next = history[i + 1];
    if (!next && ENDED.includes(status)) return undefined;
    return Math.max(0, ((next ? Date.parse(next.timestamp) : now) - Date.parse(timestamp)) / 1_000);
  });

/** The statuses of a task one after the other, up to now. Each lasts until the next one began. `now`: milliseconds. */
export function toSpans(history: Task['status_history'], now: number): StatusSpan[] {
  const changes = history.filter(({ status }, i) => status !== history[i - 1]?.status);
  const durations = toDurations(changes, now);
  return changes.flatMap(({ status, timestamp }, i) => {
    const seconds = durations[i];
    return seconds === undefined ? [] : [{ status, from: timestamp, seconds, isOpen: i === changes.length - 1 }];
  });
}
