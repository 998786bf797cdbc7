import { times } from '../browser/times';
import { locale } from '../language/language';
import { t } from './texts';

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
