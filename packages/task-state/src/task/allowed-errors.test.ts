import { countAllowedErrors } from './allowed-errors';

it.each([
  [3, 256, 3],
  ['10%', 256, 25],
  ['10%', 9, 0],
  ['0%', 256, 0],
  ['100%', 256, 256],
  // 0.29 * 100 is 28.999… in binary.
  ['0.29%', 10_000, 29],
  ['33.33%', 2 ** 32, 1_431_512_599],
] as const)('%j of %i targets lets %i fail', (threshold, total, allowed) => {
  expect(countAllowedErrors(threshold, total)).toBe(allowed);
});
