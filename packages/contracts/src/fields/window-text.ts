import { DAYS, type Day, toDaysText } from './days';
import type { ScanWindow } from './scan-windows';

/** `mon-fri 22:00-06:00 Europe/Berlin` */
export const toWindowText = ({ days, from, to, time_zone }: ScanWindow): string =>
  `${toDaysText(days, (day) => day, { to: '-', and: ',' })} ${from}-${to} ${time_zone}`;

/** The same as a window; undefined if it cannot be read. Whether its hours and its zone exist is not asked. */
export function readWindowText(text: string): ScanWindow | undefined {
  const [, names, from, to, time_zone] = /^(\S+) +(\S+?)-(\S+) +(\S+)$/.exec(text.trim()) ?? [];
  const days = names?.toLowerCase().split(',').flatMap(readDays);
  if (!days || !from || !to || !time_zone || days.includes(undefined)) return undefined;
  return { days: days as Day[], from, to, time_zone };
}

/** `mon`, or `fri-mon`: the days from the one to the other. */
function readDays(text: string): (Day | undefined)[] {
  const [first, last] = text.split('-').map((day) => DAYS.indexOf(day as Day));
  if (last === undefined || first === -1 || last === -1) return [DAYS[first!]];
  const count = ((last - first! + DAYS.length) % DAYS.length) + 1;
  return Array.from({ length: count }, (_, i) => DAYS[(first! + i) % DAYS.length]);
}
