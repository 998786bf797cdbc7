/**
 * When scans of a task may begin. A window is open while the clock on the wall of its time zone reads a time in it, so
 * the change of the clocks needs no rule: an hour that is left out is in no window, and an hour that comes twice is in
 * its windows twice.
 */
import { DAY_MS, DAYS, type Day, type ScanWindow } from '@cyberstroll/contracts';
import { tzOffset } from '@date-fns/tz';

const MINUTE_MS = 60_000;
/** The next change is looked for so far ahead: each window opens once a week at least. */
const SEARCHED_MS = 10 * DAY_MS;

/** From a moment to before another, in milliseconds since 1970. */
export interface TimeSpan {
  from: number;
  until: number;
}

/** Without a window, scans may begin at any time. */
export const isWindowOpen = (windows: readonly ScanWindow[] | undefined, now: Date): boolean =>
  !windows || windows.length === 0 || windows.some((window) => isOpenAt(window, now.getTime()));

/** When the first of these closed windows opens. Undefined without one. */
export function findNextOpening(windows: readonly ScanWindow[], now: Date): Date | undefined {
  const [first] = toOpenHours(windows, toSearched(now));
  return first && new Date(first.from);
}

/** When the last of these windows that is open now closes. Undefined without one that does, soon. */
export function findNextClosing(windows: readonly ScanWindow[], now: Date): Date | undefined {
  const searched = toSearched(now);
  const [first] = toOpenHours(windows, searched);
  return first && first.until < searched.until ? new Date(first.until) : undefined;
}

const toSearched = (now: Date): TimeSpan => ({ from: now.getTime(), until: now.getTime() + SEARCHED_MS });

/** What of the span has one of the windows open, ascending and apart. */
export function toOpenHours(windows: readonly ScanWindow[], span: TimeSpan): TimeSpan[] {
  const merged: TimeSpan[] = [];
  for (const each of windows.flatMap((window) => toHoursOf(window, span)).sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && each.from <= last.until) last.until = Math.max(last.until, each.until);
    else merged.push(each);
  }
  return merged;
}

/** What of the spans lies in another one. */
export const clipSpans = (spans: readonly TimeSpan[], { from, until }: TimeSpan): TimeSpan[] =>
  spans
    .map((span) => ({ from: Math.max(from, span.from), until: Math.min(until, span.until) }))
    .filter((span) => span.from < span.until);

/** What a clock of the zone is ahead of UTC, in milliseconds. */
export const toOffsetMs = (zone: string, at: number): number => tzOffset(zone, new Date(at)) * MINUTE_MS;

function isOpenAt({ days, from, to, time_zone }: ScanWindow, ms: number): boolean {
  const wall = ms + toOffsetMs(time_zone, ms);
  const minute = Math.floor((wall - toDay(wall) * DAY_MS) / MINUTE_MS);
  const [first, end] = [toMinute(from), toMinute(to)];
  const isOf = (day: number) => days.includes(toDayName(day));
  const today = toDay(wall);
  if (first < end) return isOf(today) && minute >= first && minute < end;
  return (isOf(today) && minute >= first) || (isOf(today - 1) && minute < end);
}

function toHoursOf({ days, from, to, time_zone }: ScanWindow, span: TimeSpan): TimeSpan[] {
  const [first, end] = [toMinute(from) * MINUTE_MS, toMinute(to) * MINUTE_MS];
  const length = end > first ? end - first : DAY_MS + end - first;
  return toSegments(time_zone, span).flatMap(({ offset, ...segment }) => {
    // The window of the day before may still be open.
    const day = toDay(segment.from + offset) - 1;
    const openings = Array.from({ length: toDay(segment.until + offset) - day + 1 }, (_, i) => day + i)
      .filter((each) => days.includes(toDayName(each)))
      .map((each) => each * DAY_MS + first - offset);
    return clipSpans(
      openings.map((opening) => ({ from: opening, until: opening + length })),
      segment,
    );
  });
}

/** A span in parts, each with one offset of the zone, which changes at most once a day. */
function toSegments(zone: string, { from, until }: TimeSpan): (TimeSpan & { offset: number })[] {
  const segments: (TimeSpan & { offset: number })[] = [];
  let offset = toOffsetMs(zone, from);
  let start = from;
  for (let day = from; day < until; day += DAY_MS) {
    const next = toOffsetMs(zone, Math.min(until, day + DAY_MS));
    if (next === offset) continue;
    const change = findChange(zone, day, Math.min(until, day + DAY_MS));
    segments.push({ from: start, until: change, offset });
    [start, offset] = [change, next];
  }
  return [...segments, { from: start, until, offset }];
}

/** The minute at which the offset of the zone changes from one moment to another. */
function findChange(zone: string, from: number, until: number): number {
  let [before, after] = [Math.floor(from / MINUTE_MS), Math.ceil(until / MINUTE_MS)];
  const offset = toOffsetMs(zone, from);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (toOffsetMs(zone, middle * MINUTE_MS) === offset) before = middle;
    else after = middle;
  }
  return after * MINUTE_MS;
}

/** Days since 1970-01-01, which was a Thursday. */
const toDay = (wall: number): number => Math.floor(wall / DAY_MS);
const toDayName = (day: number): Day => DAYS[(((day + 3) % 7) + 7) % 7]!;
const toMinute = (clock: string): number => 60 * Number(clock.slice(0, 2)) + Number(clock.slice(3));
