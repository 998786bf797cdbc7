import { type ScanWindow, toOpenHours } from './open-hours';

const MINUTE_MS = 60_000;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** What the clock on the wall reads, by another way than the code has it. */
function createClock(timeZone: string) {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (at: number) => {
    const [day = '', clock = ''] = format.format(at).toLowerCase().split(' ');
    return { day, clock };
  };
}

const isOpen = ({ days, from, to }: ScanWindow, { day, clock }: { day: string; clock: string }): boolean => {
  const isOf = (name: string | undefined) => days.some((each) => each === name);
  const before = DAYS[(DAYS.findIndex((each) => day.startsWith(each)) + 6) % 7];
  if (from < to) return isOf(day) && clock >= from && clock < to;
  return (isOf(day) && clock >= from) || (isOf(before) && clock < to);
};

it.each([
  ['Europe/Berlin', '2026-03-28T12:00:00Z'],
  ['Europe/Berlin', '2026-10-24T12:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T03:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T03:00:00Z'],
])('windows of %s are open while its clock reads a time in them, around the change after %s', (time_zone, start) => {
  const read = createClock(time_zone);
  const from = Date.parse(start);
  const until = from + 48 * 60 * MINUTE_MS;
  const windows: ScanWindow[] = [
    { days: ['sat', 'sun'], from: '01:45', to: '02:10', time_zone },
    { days: ['sun'], from: '02:50', to: '05:00', time_zone },
    { days: ['sat'], from: '22:00', to: '02:20', time_zone },
    { days: ['fri'], from: '00:00', to: '00:00', time_zone },
  ];
  for (const window of windows) {
    const hours = toOpenHours([window], { from, until });
    for (let at = from; at < until; at += 5 * MINUTE_MS) {
      const isShown = hours.some((span) => at >= span.from && at < span.until);
      expect([new Date(at).toISOString(), window.from, isShown]).toEqual([
        new Date(at).toISOString(),
        window.from,
        isOpen(window, read(at)),
      ]);
    }
  }
});

it('windows that overlap or meet are one', () => {
  const window = (from: string, to: string): ScanWindow => ({ days: ['mon'], from, to, time_zone: 'UTC' });
  const day = { from: Date.parse('2026-11-30T00:00:00Z'), until: Date.parse('2026-12-01T00:00:00Z') };
  const windows = [
    window('04:00', '06:00'),
    window('01:00', '02:00'),
    window('02:00', '03:00'),
    window('05:00', '07:00'),
  ];
  expect(
    toOpenHours(windows, day).map(({ from, until }) => [from, until].map((at) => (at - day.from) / 3_600_000)),
  ).toEqual([
    [1, 3],
    [4, 7],
  ]);
});
