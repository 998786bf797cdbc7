/**
 * Windows as forms have them: a line for each, `mon-fri 22:00-06:00 Europe/Berlin`, as the command line takes them. The
 * grid of a week paints those of whole hours in its zone; any other line stays as it is.
 */
import { DAYS, type Day, readWindowText, type ScanWindow, toWindowText } from '@cyberstroll/contracts';

const WEEK_HOURS = 168;

export const toWindowLines = (windows: readonly ScanWindow[] = []): string => windows.map(toWindowText).join('\n');

export const splitLines = (lines: string): string[] => lines.split('\n').filter((line) => line.trim() !== '');

/** A line that cannot be read goes to the API as it is, which says what is wrong with it. */
export const readWindowLines = (lines: string): ScanWindow[] =>
  splitLines(lines).map((line) => readWindowText(line) ?? (line as unknown as ScanWindow));

/** The zone of the first line that can be read. */
export const findZone = (lines: string): string | undefined =>
  splitLines(lines).map(readWindowText).find(Boolean)?.time_zone;

interface Painted {
  /** Hours of the week, counted from Monday 0:00. */
  hours: ReadonlySet<number>;
  /** The lines that the grid cannot show. */
  rest: readonly string[];
}

export function toPainted(lines: string, zone: string): Painted {
  const hours = new Set<number>();
  const rest: string[] = [];
  for (const line of splitLines(lines)) {
    const window = readWindowText(line);
    const [from, to] = [readHour(window?.from), readHour(window?.to)];
    if (window?.time_zone !== zone || from === undefined || to === undefined) {
      rest.push(line);
      continue;
    }
    const count = to > from ? to - from : to - from + 24;
    for (const day of window.days) {
      for (let i = 0; i < count; i++) hours.add((DAYS.indexOf(day) * 24 + from + i) % WEEK_HOURS);
    }
  }
  return { hours, rest };
}

function readHour(clock = ''): number | undefined {
  const hour = /^([01]\d|2[0-3]):00$/.exec(clock)?.[1];
  return hour === undefined ? undefined : Number(hour);
}

/** Few lines of the painted hours, and after them the rest. */
export function fromPainted({ hours, rest }: Painted, zone: string): string {
  const days = new Map<string, Day[]>();
  for (const [begin, end] of toSpans(hours)) {
    const clocks = `${toClock(begin)}-${toClock(end)}`;
    days.set(clocks, [...(days.get(clocks) ?? []), DAYS[Math.floor(begin / 24) % 7]!]);
  }
  const windows = [...days].map(([clocks, days]): ScanWindow => {
    const [from = '', to = ''] = clocks.split('-');
    return { days, from, to, time_zone: zone };
  });
  return [...windows.map(toWindowText), ...rest].join('\n');
}

export const toClock = (hour: number) => `${String(hour % 24).padStart(2, '0')}:00`;

/** Hours in a row, also over the end of the week. A window is a day at most: longer ones are cut at midnights. */
function toSpans(hours: ReadonlySet<number>): [begin: number, end: number][] {
  if (hours.size === WEEK_HOURS) return DAYS.map((_, day) => [24 * day, 24 * day + 24]);
  const begins = [...hours].filter((hour) => !hours.has((hour + WEEK_HOURS - 1) % WEEK_HOURS)).sort((a, b) => a - b);
  return begins.flatMap((begin) => {
    let end = begin + 1;
    while (hours.has(end % WEEK_HOURS)) end++;
    const cuts = [begin];
    if (end - begin > 24) for (let at = begin - (begin % 24) + 24; at < end; at += 24) cuts.push(at);
    return cuts.map((at, i): [number, number] => [at, cuts[i + 1] ?? end]);
  });
}

/** The hours with those between the two, as a rectangle of days and hours, all painted, or all cleared. */
export function paintBetween(before: ReadonlySet<number>, from: number, to: number): ReadonlySet<number> {
  const hours = new Set(before);
  const [firstDay, lastDay] = sort(Math.floor(from / 24), Math.floor(to / 24));
  const [firstHour, lastHour] = sort(from % 24, to % 24);
  for (let day = firstDay; day <= lastDay; day++) {
    for (let hour = firstHour; hour <= lastHour; hour++) {
      if (before.has(from)) hours.delete(24 * day + hour);
      else hours.add(24 * day + hour);
    }
  }
  return hours;
}

const sort = (a: number, b: number): [number, number] => (a < b ? [a, b] : [b, a]);
