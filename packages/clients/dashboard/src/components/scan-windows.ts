import type { Task } from '@cyberstroll/client';
import { language, locale } from '../language/language';

type ScanWindow = NonNullable<Task['config']['windows']>[number];

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** `Mon–Fri 22:00–06:00 Europe/Berlin` */
export function toWindowText({ days, from, to, time_zone }: ScanWindow): string {
  const places = days.map((day) => DAYS.indexOf(day)).sort((a, b) => a - b);
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  const isRun = places.length > 2 && last - first === places.length - 1;
  const named = isRun
    ? `${toDayName(first)}–${toDayName(last)}`
    : places.map(toDayName).join(language.value === 'zh' ? '、' : ', ');
  return `${named} ${from}–${to} ${time_zone}`;
}

/** 2024-01-01 was a Monday. */
const toDayName = (place: number): string =>
  new Date(Date.UTC(2024, 0, 1 + place)).toLocaleDateString(locale.value, {
    weekday: 'short',
    timeZone: 'UTC',
  });
