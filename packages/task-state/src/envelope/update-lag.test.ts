import { keepUp } from './update-lag';

it.each<[number | undefined, number | undefined, boolean]>([
  [0, undefined, true],
  [20, undefined, true],
  [21, undefined, false],
  [600, 0, true],
  [600, 1.9, true],
  [600, 2, false],
  [20, 30, true],
  [undefined, 0, false],
])('with %s envelopes and a lag of %s s the updaters keep up: %s', (waiting, lagSeconds, expected) => {
  expect(keepUp({ waiting, lagSeconds }, 20)).toBe(expected);
});
