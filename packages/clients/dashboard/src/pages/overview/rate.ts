import type { Progress } from '@cyberstroll/client';

type Counts = Pick<Progress, 'completed_count' | 'failed_count' | 'timeout_count'>;

export interface Count {
  /** Seconds since 1970. */
  at: number;
  counts: Counts;
}

const countScanned = ({ completed_count, failed_count, timeout_count }: Counts) =>
  completed_count + failed_count + timeout_count;

/**
 * Addresses per second between the first and the last count. A count that is lower than the one before is of fewer
 * tasks (one ended an hour ago, or is scanned again): what lies between the two is not known. Null where nothing is.
 */
export function measureRate(counts: readonly Count[]): number | null {
  let scanned = 0;
  let seconds = 0;
  for (const [i, { at, counts: now }] of counts.entries()) {
    const before = counts[i - 1];
    if (!before) continue;
    const more = countScanned(now) - countScanned(before.counts);
    if (more < 0 || at <= before.at) continue;
    scanned += more;
    seconds += at - before.at;
  }
  return seconds === 0 ? null : scanned / seconds;
}
