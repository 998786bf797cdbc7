import { diagnoseClock, diagnoseVersion } from './diagnosis';

it.each([
  ['7.0.0', '7', 'ok'],
  ['8.0', '7', 'ok'],
  ['6.9.9', '7', 'fail'],
  ['3.10.8', '3.10', 'ok'],
  ['3.9.29', '3.10', 'fail'],
  ['4.0.0-rc.1', '3.10', 'ok'],
  ['unknown', '7', 'fail'],
])('version %s where %s is the least: %s', (version, least, verdict) => {
  expect(diagnoseVersion('x', version, least).verdict).toBe(verdict);
});

it.each([
  [1_000, 1_000, 1_050, 'ok'],
  [1_500, 1_000, 2_000, 'ok'],
  [0, 1_000, 1_050, 'ok'],
  [0, 1_001, 1_050, 'warn'],
  [2_051, 1_000, 1_050, 'warn'],
  [20_000, 1_000, 1_050, 'fail'],
  [0, 10_001, 60_000, 'fail'],
])('their clock says %d, asked between %d and %d: %s', (theirs, asked, answered, verdict) => {
  expect(diagnoseClock('x', theirs, asked, answered).verdict).toBe(verdict);
});
