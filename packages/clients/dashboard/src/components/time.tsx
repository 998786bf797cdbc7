import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { serverNow } from '../browser/clock';
import { language } from '../language/language';
import { formatDuration, formatTime } from './format-time';

export { formatDuration, formatTime };

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A time, relative to now; the exact one, in the browser's zone, on hover. `at`: ISO 8601. */
export const Time = ({ at }: { at: string | undefined }) =>
  at === undefined ? <span>–</span> : <RelativeTime at={at} />;

/** It is drawn when its words change, not with each second. */
function RelativeTime({ at }: { at: string }) {
  const text = useMemo(() => computed(() => formatRelative((Date.parse(at) - serverNow.value) / 1_000)), [at]);
  return (
    <time dateTime={at} title={formatTime(at)}>
      {text.value}
    </time>
  );
}

/** It takes long to make one, and a list has many times. */
const relative = computed(
  () => new Intl.RelativeTimeFormat(language.value === 'zh' ? 'zh-CN' : 'en-GB', { numeric: 'auto' }),
);

/** Seconds from now; negative ones are past. */
function formatRelative(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  return relative.value.format(Math.trunc(seconds / size), unit);
}
