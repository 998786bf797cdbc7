import { measureRate } from './rate';

const count = (at: number, completed_count: number) => ({
  at,
  counts: { completed_count, failed_count: 2, timeout_count: 1 },
});

it('is what was scanned per second', () => {
  expect(measureRate([count(10, 0), count(12, 10), count(14, 40)])).toBe(10);
});

it('leaves out where tasks are no longer counted', () => {
  expect(measureRate([count(10, 100), count(12, 20), count(14, 40)])).toBe(10);
});

it('is not known from one count, or none, or two of the same time', () => {
  expect([[], [count(1, 5)], [count(1, 5), count(1, 6)]].map(measureRate)).toEqual([null, null, null]);
});
