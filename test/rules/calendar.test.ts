/**
 * The calendar of the dashboard has its own code for planned times and open hours, as it may not import a service. Both
 * are held equal here, around the days on which clocks change.
 */
import { DAYS, type ScanWindow } from '@cyberstroll/contracts';
import { isWindowOpen } from '@cyberstroll/task-state';
import fc from 'fast-check';
import { toOpenHours } from '../../packages/clients/dashboard/src/pages/calendar/open-hours';
import { findPlannedTimes } from '../../packages/clients/dashboard/src/pages/calendar/planned-times';
import { findNextTimes } from '../../services/task-api/src/core/schedules/planned-times';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** Clocks change by an hour, by half an hour, at midnight, by a day, or never. */
const zone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Pacific/Apia',
  'Antarctica/Troll',
);
/** A day or two before a change of the clocks of one of these zones, or anywhere in the year. */
const moment = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('2026-03-07', '2026-03-28', '2026-04-04', '2026-04-23', '2026-09-05', '2026-10-03', '2026-10-24'),
      fc.constantFrom('2026-10-29', '2026-10-31', '2011-12-29'),
      fc.integer({ min: 0, max: 364 }).map((day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10)),
    ),
    fc.integer({ min: 0, max: 1_439 }),
  )
  .map(([day, minute]) => Date.parse(`${day}T00:00:00Z`) + minute * MINUTE_MS);
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const window: fc.Arbitrary<ScanWindow> = fc.record({
  days: fc.uniqueArray(fc.constantFrom(...DAYS), { minLength: 1 }),
  from: clock,
  to: clock,
  time_zone: zone,
});

it('hours of windows are open in the calendar exactly while they are for the services', () => {
  const windows = fc.array(window, { minLength: 1, maxLength: 3 });
  const moments = fc.array(fc.integer({ min: 0, max: 3 * 1_440 }), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(windows, moment, moments, (given, from, minutes) => {
      const spans = toOpenHours(given, { from, until: from + 3 * DAY_MS });
      const edges = spans.flatMap((span) => [span.from - 1, span.from, span.until - 1, span.until]);
      const asked = [...edges, ...minutes.map((minute) => from + minute * MINUTE_MS)];
      for (const at of asked.filter((each) => each >= from && each < from + 3 * DAY_MS)) {
        const isOpen = spans.some((span) => at >= span.from && at < span.until);
        expect([new Date(at), isOpen]).toEqual([new Date(at), isWindowOpen(given, new Date(at))]);
      }
    }),
    { numRuns: 100 },
  );
});

it('planned times of a schedule are those at which task-api runs it', () => {
  const part = (max: number) => fc.oneof(fc.constant('*'), fc.integer({ min: 0, max }).map(String), fc.constant('*/7'));
  const cron = fc.tuple(part(59), part(23), fc.constantFrom('*', '1,29-31'), fc.constantFrom('*', '0,6'));
  const when = fc.oneof(
    cron.map(([minute, hour, day, weekday]) => ({ cron: `${minute} ${hour} ${day} * ${weekday}` })),
    fc.integer({ min: 60, max: 100_000 }).map((every) => ({ every })),
  );
  const around = fc.option(fc.tuple(fc.integer({ min: -2 * 1_440, max: 2 * 1_440 }), fc.constantFrom(0, 7_300)), {
    nil: undefined,
  });
  fc.assert(
    fc.property(when, zone, moment, around, around, (times, time_zone, from, first, last) => {
      const toTime = (given: readonly [minute: number, ms: number] | undefined) =>
        given && new Date(from + given[0] * MINUTE_MS + given[1]);
      const created_time = new Date(from - 5 * DAY_MS - 1_234);
      const schedule = { ...times, time_zone, created_time, start: toTime(first), end: toTime(last), jitter: 0 };
      const until = from + 3 * DAY_MS;
      const wanted = findNextTimes(schedule as never, new Date(from), 40)
        .map((time) => time.getTime())
        .filter((time) => time < until);
      const listed = JSON.parse(JSON.stringify(schedule));
      expect(findPlannedTimes(listed, { from, until }, 40)).toEqual(wanted);
    }),
    { numRuns: 100 },
  );
});
