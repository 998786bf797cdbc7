/**
 * How much time scan windows leave, for estimates. It is worked out for a week and repeats after it, so beside a change
 * of the clocks it may be an hour off.
 */
import { DAY_MS, type ScanWindow } from '@cyberstroll/contracts';
import { clipSpans, type TimeSpan, toOpenHours } from './scan-windows';

const WEEK_MS = 7 * DAY_MS;

/** By windows and day: the reading of time zones is dear, and each report of a task needs it. */
const known = new Map<string, readonly TimeSpan[]>();
const MAX_KNOWN = 1_000;

/** When the windows will have been open for `seconds` from `from` on. Without windows that is all the time. */
export function addOpenSeconds(windows: readonly ScanWindow[] | undefined, from: Date, seconds: number): Date {
  const week = findWeek(windows, from);
  const openMs = countMs(week);
  let left = 1_000 * seconds;
  if (openMs === 0) return new Date(from.getTime() + left);
  const weeks = Math.max(0, Math.ceil(left / openMs) - 1);
  left -= weeks * openMs;
  const last = week.find(({ from: open, until: close }) => {
    if (left <= close - open) return true;
    left -= close - open;
    return false;
  });
  return new Date((last ? last.from + left : from.getTime() + WEEK_MS) + weeks * WEEK_MS);
}

/** For how many seconds of that time the windows are closed. */
export function countClosedSeconds(windows: readonly ScanWindow[] | undefined, from: Date, to: Date): number {
  const week = findWeek(windows, from);
  const wholeMs = Math.max(0, to.getTime() - from.getTime());
  const weeks = Math.floor(wholeMs / WEEK_MS);
  const end = to.getTime() - weeks * WEEK_MS;
  const openMs = weeks * countMs(week) + countMs(clipSpans(week, { from: from.getTime(), until: end }));
  return (wholeMs - openMs) / 1_000;
}

const countMs = (spans: readonly TimeSpan[]): number => spans.reduce((sum, { from, until }) => sum + until - from, 0);

/** When the windows are open in the week that begins at `from`, ascending and apart. */
function findWeek(windows: readonly ScanWindow[] | undefined, from: Date): TimeSpan[] {
  const first = from.getTime();
  const week = { from: first, until: first + WEEK_MS };
  if (!windows || windows.length === 0) return [week];
  const day = Math.floor(first / DAY_MS);
  const key = `${day} ${JSON.stringify(windows)}`;
  let spans = known.get(key);
  if (!spans) {
    spans = toOpenHours(windows, { from: day * DAY_MS, until: (day + 8) * DAY_MS });
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, spans);
  }
  return clipSpans(spans, week);
}
