import { DAY_MS } from '@cyberstroll/contracts';
import { type TimeSpan, toOffsetMs } from '@cyberstroll/task-state';

/** A day of a time zone: it may have 23 or 25 hours. */
export interface Day extends TimeSpan {
  /** `2026-11-30` */
  date: string;
}

export interface Week extends TimeSpan {
  days: Day[];
  /** Dates in the weeks before and after it. */
  previous: string;
  next: string;
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** The week of a date in the zone; without a date, or with a wrong one, the present week. */
export function toWeek(date: string | null, zone: string, now: number): Week {
  const given = /^\d{4}-\d\d-\d\d$/.test(date ?? '') ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  const day = Math.floor((Number.isNaN(given) ? now + toOffsetMs(zone, now) : given) / DAY_MS);
  // 1970-01-01 was a Thursday.
  const monday = day - ((((day + 3) % 7) + 7) % 7);
  const starts = Array.from({ length: 8 }, (_, i) => findStart(monday + i, zone));
  const days = starts
    .slice(0, 7)
    .map((from, i) => ({ date: toDate(monday + i), from, until: starts[i + 1] as number }));
  return {
    days,
    from: starts[0] as number,
    until: starts[7] as number,
    previous: toDate(monday - 7),
    next: toDate(monday + 7),
  };
}

const toDate = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The first moment of a day, counted from 1970. Where clocks change at midnight, it may not be at 0:00. */
function findStart(day: number, zone: string): number {
  const wall = day * DAY_MS;
  const moments = [wall - DAY_MS, wall + DAY_MS].map((around) => wall - toOffsetMs(zone, around));
  return Math.min(...moments.filter((at) => Math.floor((at + toOffsetMs(zone, at)) / DAY_MS) === day));
}
