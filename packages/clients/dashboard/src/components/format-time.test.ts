import { toIsoTime, toLocalTime } from './format-time';

it('a time keeps its minute between the address and the control', () => {
  const iso = '2026-01-31T12:30:00Z';
  expect(toIsoTime(toLocalTime(iso))).toBe(iso);
  expect([toLocalTime('soon'), toLocalTime(undefined), toIsoTime('')]).toEqual(['', '', undefined]);
});
