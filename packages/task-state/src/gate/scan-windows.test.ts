import { DAY_MS, DAYS, type ScanWindow, scanWindowSchema, toWindowText } from '@cyberstroll/contracts';
import fc from 'fast-check';
import { findNextClosing, findNextOpening, isWindowOpen, toOpenHours } from './scan-windows';

const toWindow = (zone: string, from: string, to: string, days: readonly string[] = DAYS): ScanWindow =>
  scanWindowSchema.parse({ days, from, to, time_zone: zone });

const MINUTE_MS = 60_000;
/** What the clock on the wall reads, by another way than the code has it. */
function createClock(timeZone: string) {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return (ms: number) => format.format(new Date(ms));
}

/** The hour before the clocks change, and the hour after it, in each zone. Lord Howe changes by half an hour. */
const CHANGES: [zone: string, change: string, before: string, after: string][] = [
  ['Europe/Berlin', '2026-03-29T01:00:00Z', '01:59', '03:00'],
  ['Europe/Berlin', '2026-10-25T01:00:00Z', '02:59', '02:00'],
  ['America/New_York', '2026-03-08T07:00:00Z', '01:59', '03:00'],
  ['America/New_York', '2026-11-01T06:00:00Z', '01:59', '01:00'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', '01:59', '02:30'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', '01:59', '01:30'],
];

describe.each(CHANGES)('the change of the clocks in %s at %s', (zone, change, before, after) => {
  const read = createClock(zone);
  const changeMs = Date.parse(change);
  it('is the one that is meant', () => {
    expect([read(changeMs - MINUTE_MS), read(changeMs)]).toEqual([before, after]);
  });

  it.each([
    ['01:15', '02:15'],
    ['02:10', '02:40'],
    ['02:45', '05:00'],
    ['22:00', '02:20'],
  ])('opens from %s to %s whenever the clock reads it, and knows each next opening and closing', (from, to) => {
    const windows = [toWindow(zone, from, to)];
    const isMeant = (ms: number) => (from < to ? read(ms) >= from && read(ms) < to : read(ms) >= from || read(ms) < to);
    let next: number | undefined;
    let closed: number | undefined;
    for (let ms = changeMs + 30 * 60 * MINUTE_MS; ms > changeMs - 30 * 60 * MINUTE_MS; ms -= 5 * MINUTE_MS) {
      const isOpen = isWindowOpen(windows, new Date(ms));
      expect([read(ms), isOpen]).toEqual([read(ms), isMeant(ms)]);
      if (isOpen && closed !== undefined && ms % (60 * MINUTE_MS) === 0)
        expect(findNextClosing(windows, new Date(ms))).toEqual(new Date(closed));
      if (!isOpen) closed = ms;
      if (isOpen) next = ms;
      else if (next !== undefined) expect(findNextOpening(windows, new Date(ms))).toEqual(new Date(next));
    }
  });
});

describe('days', () => {
  const nights = toWindow('Europe/Berlin', '22:00', '06:00', ['fri']);
  it.each([
    ['2026-11-27T21:00:00Z', true, 'on Friday night'],
    ['2026-11-28T04:59:00Z', true, 'until Saturday morning'],
    ['2026-11-28T05:00:00Z', false, 'and no longer'],
    ['2026-11-28T21:00:00Z', false, 'not on Saturday night'],
    ['2026-11-27T04:00:00Z', false, 'nor on Friday morning'],
  ])('%s is open: %s, %s', (time, expected) => {
    expect(isWindowOpen([nights], new Date(time))).toBe(expected);
  });

  it('finds the first opening of several windows, a week away at most', () => {
    const now = new Date('2026-11-28T05:00:00Z');
    expect(findNextOpening([nights], now)).toEqual(new Date('2026-12-04T21:00:00Z'));
    const earlier = toWindow('America/New_York', '09:00', '10:00', ['mon']);
    expect(findNextOpening([nights, earlier], now)).toEqual(new Date('2026-11-30T14:00:00Z'));
  });

  it('takes equal times for a whole day, and no window for any time', () => {
    const day = toWindow('UTC', '08:00', '08:00', ['sat']);
    expect([7, 8, 31, 32].map((hours) => isWindowOpen([day], new Date(Date.UTC(2026, 10, 28, hours))))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect([isWindowOpen(undefined, new Date(0)), isWindowOpen([], new Date(0))]).toEqual([true, true]);
  });

  it.each([
    [['mon', 'tue', 'wed', 'thu', 'fri'], 'mon-fri'],
    [['sun', 'sat'], 'sat,sun'],
    [['mon', 'wed', 'thu'], 'mon,wed,thu'],
    [['tue'], 'tue'],
  ])('says %j', (days, expected) => {
    expect(toWindowText(toWindow('Asia/Shanghai', '22:00', '06:00', days))).toBe(
      `${expected} 22:00-06:00 Asia/Shanghai`,
    );
  });
});

/** Clocks change by an hour, by half an hour, at midnight, by a day, or never. */
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'America/Santiago', 'Australia/Lord_Howe'];
const zone = fc.constantFrom(...ZONES, 'Africa/Cairo', 'Pacific/Apia', 'Antarctica/Troll');
/** A day or two before a change of the clocks of one of these zones, or anywhere in the year. */
const moment = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('2026-03-07', '2026-03-28', '2026-04-04', '2026-04-23', '2026-09-05', '2026-10-03', '2026-10-24'),
      fc.constantFrom('2026-10-29', '2026-10-31', '2011-12-29'),
      fc.integer({ min: 0, max: 364 }).map((day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10)),
    ),
    fc.integer({ min: 0, max: DAY_MS - 1 }),
  )
  .map(([day, ms]) => Date.parse(`${day}T00:00:00Z`) + ms);
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const window = fc
  .tuple(zone, clock, clock, fc.uniqueArray(fc.constantFrom(...DAYS), { minLength: 1 }))
  .map((parts) => toWindow(...parts));

it('open hours are exactly those in which a window is open, apart and ascending', () => {
  const windows = fc.array(window, { minLength: 1, maxLength: 3 });
  const moments = fc.array(fc.integer({ min: 0, max: 3 * DAY_MS - 1 }), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(windows, moment, moments, (given, from, offsets) => {
      const until = from + 3 * DAY_MS;
      const hours = toOpenHours(given, { from, until });
      expect(hours.slice(1).every((span, i) => span.from > hours[i]!.until)).toBe(true);
      const edges = hours.flatMap((span) => [span.from - 1, span.from, span.until - 1, span.until]);
      for (const ms of [...edges, ...offsets.map((offset) => from + offset)].filter((at) => at >= from && at < until)) {
        const isOpen = hours.some((span) => ms >= span.from && ms < span.until);
        expect([new Date(ms), isOpen]).toEqual([new Date(ms), isWindowOpen(given, new Date(ms))]);
      }
    }),
    { numRuns: 100 },
  );
});

it.each([
  [{ time_zone: 'Europe/Atlantis' }, 'IANA time zone'],
  [{ time_zone: '+01:00' }, 'IANA time zone'],
  [{ from: '24:00' }, 'time of day'],
  [{ days: [] }, '>=1'],
  [{ days: ['mon', 'mon'] }, 'twice'],
])('refuses %j', (wrong, expected) => {
  const { error } = scanWindowSchema.safeParse({ ...toWindow('UTC', '08:00', '09:00'), ...wrong });
  expect(error!.issues[0]!.message).toContain(expected);
});
