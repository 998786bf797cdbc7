/**
 * When scans of a task may begin. A window is open while the clock on the wall of its time zone reads a time in it, so
 * the change of the clocks needs no rule: an hour that is left out is in no window, and an hour that comes twice is in
 * its windows twice.
 */
import { DAYS, type Day, type ScanWindow } from '@cyberstroll/contracts';
import { tzOffset } from '@date-fns/tz';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** The next change is looked for in as many days from yesterday: each window opens once a week at least. */
const SEARCHED_DAYS = 10;

/** Without a window, scans may begin at any time. */
export const isWindowOpen = (windows: readonly ScanWindow[] | undefined, now: Date): boolean =>
  !windows || windows.length === 0 || windows.some((window) => isOpenAt(window, now.getTime()));

/** When the first of these closed windows opens. Undefined without one. */
export function findNextOpening(windows: readonly ScanWindow[], now: Date): Date | undefined {
  return toFirst(windows.flatMap((window) => findMoments(window, 'from', now.getTime()).filter(isOpenIn(window))));
}

/** When the last of these windows that is open now closes. Undefined without one that does, soon. */
export function findNextClosing(windows: readonly ScanWindow[], now: Date): Date | undefined {
  const isClosed = (ms: number) => !isWindowOpen(windows, new Date(ms));
  return toFirst(windows.flatMap((window) => findMoments(window, 'to', now.getTime()).filter(isClosed)));
}

const toFirst = (moments: readonly number[]): Date | undefined =>
  moments.length === 0 ? undefined : new Date(Math.min(...moments));

/**
 * The times in milliseconds at which each of the windows is open between `first` and `last`, and around them. A time
 * that a clock reads twice, or never, on the day of a change may be an hour off.
 */
export function toOpenTimes(windows: readonly ScanWindow[], first: number, last: number) {
  return windows.flatMap(({ days, from, to, time_zone }) => {
    const toMs = (wall: number) => wall - toOffsetMs(time_zone, wall - toOffsetMs(time_zone, wall));
    const [begin, end] = [toMinute(from), toMinute(to)];
    const length = end > begin ? end - begin : end + 1_440 - begin;
    // The zone may be a day ahead, and a window of the day before may still be open.
    const start = toDay(first) - 2;
    return Array.from({ length: toDay(last) - start + 2 }, (_, i) => start + i)
      .filter((day) => days.includes(toDayName(day)))
      .map((day) => (1_440 * day + begin) * MINUTE_MS)
      .map((wall) => ({ open: toMs(wall), close: toMs(wall + length * MINUTE_MS) }));
  });
}

function isOpenAt({ days, from, to, time_zone }: ScanWindow, ms: number): boolean {
  const wall = ms + toOffsetMs(time_zone, ms);
  const minute = Math.floor((wall - toDay(wall) * DAY_MS) / MINUTE_MS);
  const [first, end] = [toMinute(from), toMinute(to)];
  const isOf = (day: number) => days.includes(toDayName(day));
  const today = toDay(wall);
  if (first < end) return isOf(today) && minute >= first && minute < end;
  return (isOf(today) && minute >= first) || (isOf(today - 1) && minute < end);
}

const isOpenIn = (window: ScanWindow) => (ms: number) => isOpenAt(window, ms);

/** The moments after `now` at which the window may open or close: at this time of its day, or as the clocks change. */
function findMoments({ time_zone, ...times }: ScanWindow, which: 'from' | 'to', now: number): number[] {
  const yesterday = toDay(now + toOffsetMs(time_zone, now)) - 1;
  return Array.from({ length: SEARCHED_DAYS }, (_, i) => (yesterday + i) * DAY_MS + toMinute(times[which]) * MINUTE_MS)
    .flatMap((wall) => toMoments(time_zone, wall))
    .filter((ms) => ms > now);
}

/** When a clock may read this, whatever its offset is around that time; and when the offset changes, if it does. */
function toMoments(zone: string, wall: number): number[] {
  let [before, after] = [wall - DAY_MS, wall + DAY_MS];
  const [offsetBefore, offsetAfter] = [toOffsetMs(zone, before), toOffsetMs(zone, after)];
  if (offsetBefore === offsetAfter) return [wall - offsetBefore];
  while (after - before > MINUTE_MS) {
    const middle = before + Math.floor((after - before) / MINUTE_MS / 2) * MINUTE_MS;
    if (toOffsetMs(zone, middle) === offsetBefore) before = middle;
    else after = middle;
  }
  return [wall - offsetBefore, wall - offsetAfter, after];
}

const toOffsetMs = (zone: string, ms: number): number => tzOffset(zone, new Date(ms)) * MINUTE_MS;
/** Days since 1970-01-01, which was a Thursday. */
const toDay = (wall: number): number => Math.floor(wall / DAY_MS);
const toDayName = (day: number): Day => DAYS[(((day + 3) % 7) + 7) % 7]!;
const toMinute = (clock: string): number => 60 * Number(clock.slice(0, 2)) + Number(clock.slice(3));
