import { signal } from '@preact/signals';
import { readPreference, writePreference } from '../browser/stored';
import { locale } from '../language/language';
import { t } from './texts';

/** How the times of what happened are shown: from now, or exactly, in the browser's zone or in UTC. */
export const TIMES = ['relative', 'exact', 'utc'] as const;
type Times = (typeof TIMES)[number];

const chosen = readPreference('times');

export const times = signal<Times>(TIMES.find((name) => name === chosen) ?? 'relative');

export function setTimes(name: Times): void {
  times.value = name;
  writePreference('times', name);
}

/** A time exactly, in the browser's zone unless the reader wants UTC. `at`: ISO 8601. */
export const formatTime = (at: string): string =>
  new Date(at).toLocaleString(locale.value, {
    dateStyle: 'medium',
    timeStyle: 'long',
    ...(times.value === 'utc' && { timeZone: 'UTC' }),
  });

/** A span of time in its two largest units: `1 h 20 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return t('seconds', { n: Math.round(seconds * 10) / 10 });
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [key, size] of [
    ['days', 86_400],
    ['hours', 3_600],
    ['minutes', 60],
    ['seconds', 1],
  ] as const) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0 && parts.length < 2) parts.push(t(key, { n }));
    else if (parts.length > 0) break;
  }
  return parts.join(' ');
}

/** `2026-01-31T13:00` of the browser's zone, as its control has it. */
export function toLocalTime(iso: string | undefined): string {
  const time = iso === undefined ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(time)) return '';
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const toIsoTime = (local: string): string | undefined =>
  local === '' ? undefined : new Date(local).toISOString().replace('.000', '');
