import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { serverNow } from '../browser/clock';
import { locale } from '../language/language';
import { formatDuration, formatTime, times } from './format-time';

export { formatDuration, formatTime };

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A time as the reader wants it: relative to now, or exactly. The pointer shows the other one. `at`: ISO 8601. */
export const Time = ({ at }: { at: string | undefined }) => (at === undefined ? <span>–</span> : <ShownTime at={at} />);

/** It is drawn when its words change, not with each second. */
function ShownTime({ at }: { at: string }) {
  const relative = useMemo(() => computed(() => formatRelative((Date.parse(at) - serverNow.value) / 1_000)), [at]);
  const isExact = times.value !== 'relative';
  return (
    <time dateTime={at} title={isExact ? relative.peek() : formatTime(at)}>
      {isExact ? formatTime(at) : relative.value}
    </time>
  );
}

/** It takes long to make one, and a list has many times. */
const relativeFormat = computed(() => new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto' }));

/** Seconds from now; negative ones are past. */
function formatRelative(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  return relativeFormat.value.format(Math.trunc(seconds / size), unit);
}
