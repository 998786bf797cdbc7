import { comingTime, pastTime } from './given-time';
import { createTimeText } from './text/time-text';

/** In Berlin it is 14:30 on the day before the clocks go forward. */
const now = Date.parse('2026-03-28T13:30:00Z');
const clock = { now, toTimeText: createTimeText('Europe/Berlin') };

it.each([
  ['+2h', '2026-03-28T15:30:00.000Z'],
  ['-1d12h', '2026-03-27T01:30:00.000Z'],
  ['22:00', '2026-03-28T21:00:00.000Z'],
  ['14:30', '2026-03-29T12:30:00.000Z'],
  ['2026-03-29', '2026-03-28T23:00:00.000Z'],
  ['2026-03-30', '2026-03-29T22:00:00.000Z'],
  ['2026-03-29 08:00', '2026-03-29T06:00:00.000Z'],
  ['2026-03-28 22:00:00+01:00', '2026-03-28T22:00:00+01:00'],
  ['2026-03-28T22:00:00.5Z', '2026-03-28T22:00:00.5Z'],
])('%s is %s', (text, iso) => {
  expect(comingTime(text).toIso(clock)).toBe(iso);
});

it('a time of day is the last one where a time is over', () => {
  expect(pastTime('22:00').toIso(clock)).toBe('2026-03-27T21:00:00.000Z');
  expect(pastTime('14:30').toIso(clock)).toBe('2026-03-28T13:30:00.000Z');
});

it.each(['', '2h', '+2', '25:00', '2026-13-01', '2026-03-28 25:00', '22:00Z', 'tomorrow'])('refuses "%s"', (text) => {
  expect(() => comingTime(text)).toThrow('Must be a time');
});
