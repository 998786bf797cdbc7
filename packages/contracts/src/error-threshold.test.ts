import { countAllowedErrors, errorThresholdSchema } from './error-threshold';

it.each([0, 3, 2 ** 32, '0%', '10%', '99.99%', '0.25%', '100%'])('takes %j', (given) => {
  expect(errorThresholdSchema.parse(given)).toBe(given);
});

it.each([
  -1,
  1.5,
  2 ** 32 + 1,
  Number.NaN,
  '10',
  '-1%',
  '101%',
  '100.5%',
  '1.234%',
  ' 1%',
  '1 %',
  '１０%',
  null,
  true,
  {},
])('refuses %j', (given) => {
  expect(errorThresholdSchema.safeParse(given).error?.issues[0]?.message).toContain('a count from 0');
});

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
