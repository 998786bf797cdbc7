import { toWeek } from './week';

const NOW = Date.parse('2026-11-29T23:30:00Z');
const toTexts = (date: string | null, zone: string) => {
  const { days, previous, next } = toWeek(date, zone, NOW);
  return { first: days[0]?.date, hours: days.map(({ from, until }) => (until - from) / 3_600_000), previous, next };
};

it('is from Monday to Sunday in the chosen zone, and names those beside it', () => {
  const whole = [24, 24, 24, 24, 24, 24, 24];
  expect(toTexts(null, 'UTC')).toEqual({
    first: '2026-11-23',
    hours: whole,
    previous: '2026-11-16',
    next: '2026-11-30',
  });
  // It is Monday already.
  expect(toTexts(null, 'Asia/Shanghai')).toMatchObject({ first: '2026-11-30' });
  expect(toTexts('2026-12-06', 'UTC')).toMatchObject({ first: '2026-11-30' });
  expect(toTexts('no date', 'UTC')).toMatchObject({ first: '2026-11-23' });
});

it.each([
  ['Europe/Berlin', '2026-03-29', [24, 24, 24, 24, 24, 24, 23]],
  ['Europe/Berlin', '2026-10-25', [24, 24, 24, 24, 24, 24, 25]],
  // At midnight: a day without its first hour, and one whose last hour comes twice.
  ['Africa/Cairo', '2026-04-24', [24, 24, 24, 24, 23, 24, 24]],
  ['Africa/Cairo', '2026-10-29', [24, 24, 24, 25, 24, 24, 24]],
])('in %s the week of %s has the hours that the clock reads', (zone, date, hours) => {
  expect(toTexts(date, zone).hours).toEqual(hours);
});
