import { countClosed, countOpen, countScanned, NO_TOUCHED } from '@cyberstroll/contracts';
import fc from 'fast-check';
import { toProgress } from './progress';

const count = fc.integer({ min: 0, max: 1_000 });
const touched = fc.record({
  assigned_count: count,
  scanning_count: count,
  completed_count: count,
  failed_count: count,
  timeout_count: count,
  retry_count: count,
  cancelled_count: count,
});

it('sums to total_targets, open or ended, and shows 100 percent exactly when all were scanned', () => {
  fc.assert(
    fc.property(touched, count, fc.boolean(), (counts, untouched, ended) => {
      const total = countOpen(counts) + countClosed(counts) + untouched;
      const progress = toProgress(total, counts, ended);
      expect(progress.pending_count + countOpen(progress) + countClosed(progress)).toBe(total);
      expect(progress.pending_count).toBe(ended ? 0 : untouched);
      expect(progress.progress_percentage === 100).toBe(countScanned(progress) === total);
    }),
  );
});

it('rounds the percentage down: 99.999 is not done', () => {
  const progress = toProgress(1_000_000, { ...NO_TOUCHED, completed_count: 999_999 }, false);
  expect(progress.progress_percentage).toBe(99.99);
});
