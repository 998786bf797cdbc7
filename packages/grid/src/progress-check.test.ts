import { createDriftCheck } from './progress-check';

const counts = (SCANNING: number, COMPLETED: number) => ({
  PENDING: 900,
  ASSIGNED: 0,
  SCANNING,
  RETRYING: 0,
  COMPLETED,
  FAILED: 0,
  TIMEOUT: 0,
  CANCELLED: 0,
});
const progress = (scanning_count: number, completed_count: number) => ({
  pending_count: 900,
  assigned_count: 0,
  scanning_count,
  retry_count: 0,
  completed_count,
  failed_count: 0,
  timeout_count: 0,
  cancelled_count: 0,
});

/** Whether the sums drift off at a second, of those noted once a second; `toOff` says by how much `SCANNING` is off. */
function findDrift(toOff: (second: number) => number): number | undefined {
  const drifts = createDriftCheck();
  const seconds = Array.from({ length: 60 }, (_, second) => second);
  // The progress is always behind.
  return seconds.find((s) => drifts(counts(64 + toOff(s), 100 * s + 70), progress(64, 100 * s), s * 1_000));
}

it('sums that are ahead of the progress are not off, as long as those in work are now above it, now below', () => {
  expect(findDrift((second) => ((second * 7) % 15) - 7)).toBeUndefined();
  expect(findDrift(() => 0)).toBeUndefined();
});

it('sums in work that stay on one side of the progress for ten seconds are off', () => {
  expect(findDrift((second) => 3 + ((second * 7) % 15))).toBe(10);
  expect(findDrift((second) => (second < 20 ? 5 - (second % 10) : -1))).toBe(26);
});
