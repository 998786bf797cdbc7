import { countClosed, countOpen, countScanned, type Progress, type TouchedCounts } from '@cyberstroll/contracts';

/**
 * A task's progress from its counters. A subtask that no node has touched is pending, or cancelled if the task has
 * ended. The percentage has two decimals, rounded down, so that 100 means that all were scanned. A cancelled task keeps
 * the percentage that it had.
 */
export function toProgress(total: number, touched: TouchedCounts, ended: boolean, retriesTotal = 0): Progress {
  const untouched = total - countClosed(touched) - countOpen(touched);
  return {
    ...touched,
    total_targets: total,
    pending_count: ended ? 0 : untouched,
    cancelled_count: touched.cancelled_count + (ended ? untouched : 0),
    retries_total: retriesTotal,
    progress_percentage: toPercentage(countScanned(touched), total),
  };
}

const toPercentage = (scanned: number, total: number) =>
  total === 0 ? 100 : Math.floor((scanned * 10_000) / total) / 100;

/** Two tasks' progress as one. */
export function addProgress(a: Progress, b: Progress): Progress {
  const sum = Object.fromEntries((Object.keys(a) as (keyof Progress)[]).map((key) => [key, a[key] + b[key]])) as Record<
    keyof Progress,
    number
  >;
  return { ...sum, progress_percentage: toPercentage(countScanned(sum), sum.total_targets) };
}
