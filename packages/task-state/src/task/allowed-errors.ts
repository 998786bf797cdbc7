import type { ErrorThreshold } from '@cyberstroll/contracts';

/**
 * A threshold as a count: of 256 targets, 10% are 25. A task fails with more failed subtasks than that, never with as
 * many.
 */
export function countAllowedErrors(threshold: ErrorThreshold, total: number): number {
  if (typeof threshold === 'number') return threshold;
  // In hundredths of a percent, which is exact: 0.1 has no exact binary form.
  const hundredths = Math.round(Number.parseFloat(threshold) * 100);
  return Math.floor((total * hundredths) / 10_000);
}
