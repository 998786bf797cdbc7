import { toWait } from './live-socket';

it('waits twice as long after each failure, half a second to 15 s, and not all browsers alike', () => {
  expect([1, 2, 3].map((failures) => toWait(failures, 1))).toEqual([500, 1_000, 2_000]);
  expect(toWait(20, 1)).toBe(15_000);
  expect(toWait(20, 0)).toBe(7_500);
});
