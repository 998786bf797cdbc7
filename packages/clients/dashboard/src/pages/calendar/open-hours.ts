import type { Task } from '@cyberstroll/client';
import { type Span, toOffsetMs } from './week';

export type ScanWindow = NonNullable<Task['config']['windows']>[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/**
 * When one of the windows is open, from a moment to another: while the clock on the wall of its zone reads a time in
 * it, as the services have it.
 */
export const toOpenHours = (windows: readonly ScanWindow[], { from, until }: Span): Span[] =>
  merge(windows.flatMap((window) => toHoursOf(window, { from, until })));

function toHoursOf(window: ScanWindow, around: Span): Span[] {
  const [first, end] = [toMinute(window.from), toMinute(window.to)];
  const length = (end > first ? end - first : 1_440 + end - first) * MINUTE_MS;
  return toSegments(window.time_zone, around).flatMap(({ from, until, offset }) => {
    // The day before the first one may have a window that is still open.
    const day = Math.floor((from + offset) / DAY_MS) - 1;
    const count = Math.ceil((until - from) / DAY_MS) + 2;
    return Array.from({ length: count }, (_, i) => day + i)
      .filter((each) => window.days.includes(toDayName(each)))
      .map((each) => each * DAY_MS + first * MINUTE_MS - offset)
      .map((opening) => ({ from: Math.max(from, opening), until: Math.min(until, opening + length) }))
      .filter((span) => span.from < span.until);
  });
}

/** A span in parts, each with one offset of the zone. */
function toSegments(zone: string, { from, until }: Span): (Span & { offset: number })[] {
  const segments = [{ from, until, offset: toOffsetMs(zone, from) }];
  for (let at = from; at < until; at += HOUR_MS) {
    const last = segments.at(-1) as (typeof segments)[number];
    const next = Math.min(until, at + HOUR_MS);
    if (toOffsetMs(zone, next) === last.offset) continue;
    let change = at;
    while (toOffsetMs(zone, change) === last.offset) change += MINUTE_MS;
    last.until = change;
    segments.push({ from: change, until, offset: toOffsetMs(zone, change) });
  }
  return segments;
}

function merge(spans: Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && span.from <= last.until) last.until = Math.max(last.until, span.until);
    else merged.push({ ...span });
  }
  return merged;
}

const toMinute = (clock: string): number => 60 * Number(clock.slice(0, 2)) + Number(clock.slice(3));
/** 1970-01-01, day 0, was a Thursday. */
const toDayName = (day: number) => DAYS[(((day + 3) % 7) + 7) % 7] as (typeof DAYS)[number];
