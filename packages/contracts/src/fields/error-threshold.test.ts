import { errorThresholdSchema } from './error-threshold';

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
