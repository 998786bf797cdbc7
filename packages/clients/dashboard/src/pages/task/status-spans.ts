import type { Task } from '@cyberstroll/client';

type Status = Task['status'];

export interface StatusSpan {
  status: Status;
  /** ISO 8601. */
  from: string;
  seconds: number;
  isOpen: boolean;
}

const ENDED: readonly Status[] = ['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT'];

/**
 * The statuses of a task one after the other, up to now. Each lasts until the next one began; one that has ended for
 * good takes no time. Clocks of services may differ by a little: none is less than nothing. `now`: milliseconds.
 */
export function toSpans(history: Task['status_history'], now: number): StatusSpan[] {
  const changes = history.filter(({ status }, i) => status !== history[i - 1]?.status);
  return changes.flatMap(({ status, timestamp }, i) => {
    const next = changes[i + 1];
    if (!next && ENDED.includes(status)) return [];
    const seconds = Math.max(0, ((next ? Date.parse(next.timestamp) : now) - Date.parse(timestamp)) / 1_000);
    return [{ status, from: timestamp, seconds, isOpen: !next }];
  });
}
