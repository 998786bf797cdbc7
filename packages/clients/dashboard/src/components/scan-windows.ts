import { DAYS, type Day, type ScanWindow, toDaysText } from '@cyberstroll/contracts';
import { language, locale } from '../language/language';

/** `Mon–Fri 22:00–06:00 Europe/Berlin` */
export function toWindowText({ days, from, to, time_zone }: ScanWindow): string {
  const named = toDaysText(days, toDayName, { to: '–', and: language.value === 'zh' ? '、' : ', ' });
  return `${named} ${from}–${to} ${time_zone}`;
}

export const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** 2024-01-01 was a Monday. */
export const toDayName = (day: Day): string =>
  new Date(Date.UTC(2024, 0, 1 + DAYS.indexOf(day))).toLocaleDateString(locale.value, {
    weekday: 'short',
    timeZone: 'UTC',
  });
