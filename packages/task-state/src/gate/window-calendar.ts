/**
 * How much time scan windows leave, for estimates. It is worked out for a week and repeats after it, so beside a change
 * of the clocks it may be an hour off.
 */
import type { ScanWindow } from '@cyberstroll/contracts';
import { toOpenTimes } from './scan-windows';

/** Open from `open` to before `close`, in milliseconds. */
interface Stretch {
  open: number;
  close: number;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** By windows and day: the reading of time zones is dear, and each report of a task needs it. */
const known = new Map<string, readonly Stretch[]>();
const MAX_KNOWN = 1_000;

/** When the windows will have been open for `seconds` from `from` on. Without windows that is all the time. */
export function addOpenSeconds(windows: readonly ScanWindow[] | undefined, from: Date, seconds: number): Date {
  const week = findWeek(windows, from);
  const openMs = countMs(week);
  let left = 1_000 * seconds;
  if (openMs === 0) return new Date(from.getTime() + left);
  const weeks = Math.max(0, Math.ceil(left / openMs) - 1);
  left -= weeks * openMs;
  const last = week.find(({ open, close }) => {
    if (left <= close - open) return true;
    left -= close - open;
    return false;
  });
  return new Date((last ? last.open + left : from.getTime() + WEEK_MS) + weeks * WEEK_MS);
}

/** For how many seconds of that time the windows are closed. */
export function countClosedSeconds(windows: readonly ScanWindow[] | undefined, from: Date, to: Date): number {
  const week = findWeek(windows, from);
  const wholeMs = Math.max(0, to.getTime() - from.getTime());
  const weeks = Math.floor(wholeMs / WEEK_MS);
  const end = to.getTime() - weeks * WEEK_MS;
  const openMs = weeks * countMs(week) + countMs(clip(week, from.getTime(), end));
  return (wholeMs - openMs) / 1_000;
}

const countMs = (stretches: readonly Stretch[]): number =>
  stretches.reduce((sum, { open, close }) => sum + close - open, 0);

const clip = (stretches: readonly Stretch[], from: number, to: number): Stretch[] =>
  stretches
    .map(({ open, close }) => ({ open: Math.max(open, from), close: Math.min(close, to) }))
    .filter(({ open, close }) => open < close);

/** When the windows are open in the week that begins at `from`, ascending and apart. */
function findWeek(windows: readonly ScanWindow[] | undefined, from: Date): Stretch[] {
  const first = from.getTime();
  if (!windows || windows.length === 0) return [{ open: first, close: first + WEEK_MS }];
  const day = Math.floor(first / DAY_MS);
  const key = `${day} ${JSON.stringify(windows)}`;
  let stretches = known.get(key);
  if (!stretches) {
    stretches = merge(toOpenTimes(windows, day * DAY_MS, (day + 8) * DAY_MS));
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, stretches);
  }
  return clip(stretches, first, first + WEEK_MS);
}

function merge(stretches: readonly Stretch[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const each of [...stretches].sort((a, b) => a.open - b.open)) {
    const last = merged.at(-1);
    if (last && each.open <= last.close) last.close = Math.max(last.close, each.close);
    else merged.push({ ...each });
  }
  return merged;
}
