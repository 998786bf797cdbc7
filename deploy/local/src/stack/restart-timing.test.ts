import { createMemoryWatch } from './restart-timing';

const MOST = 4_000;
const MINUTE_MS = 60_000;

/** The minutes at which a process is restarted that uses this much at each of two looks a minute. */
function restartsOf(bytes: number, minutes: number, watch = createMemoryWatch(MOST), from = 0): number[] {
  const looks = Array.from({ length: 2 * minutes }, (_, look) => from + look / 2);
  return looks.filter((minute) => watch(bytes, minute * MINUTE_MS));
}

it('a process that is above its limit again after each restart is restarted more and more rarely', () => {
  expect(restartsOf(MOST + 1, 150)).toEqual([0.5, 6, 16.5, 37, 77.5, 138]);
});

it('a process that is far above its limit is restarted all the same', () => {
  expect(restartsOf(2 * MOST + 1, 3)).toEqual([0.5, 1.5, 2.5]);
});

it('after a quiet rest it is as before the first restart; one look above the limit does nothing', () => {
  const watch = createMemoryWatch(MOST);
  restartsOf(MOST + 1, 1, watch);
  expect(restartsOf(MOST, 30, watch, 1)).toEqual([]);
  expect(restartsOf(MOST + 1, 6, watch, 31)).toEqual([31.5]);
  const single = [MOST, MOST + 1, MOST, MOST + 1].map((bytes, n) => watch(bytes, (200 + n) * MINUTE_MS));
  expect(single).toEqual([false, false, false, false]);
});
