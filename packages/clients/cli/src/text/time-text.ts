/** Shows a time of the API, which is ISO 8601 in UTC; text that is no time stays as it is. */
export type TimeText = (time: string | undefined) => string | undefined;

/**
 * Times to the second with their offset from UTC: `2026-01-31 20:00:00+08:00`, in UTC `2026-01-31 12:00:00Z`.
 * `timeZone` is a name such as `Asia/Shanghai`; that of the process by default (`TZ`, else the operating system's).
 */
export function createTimeText(timeZone?: string): TimeText {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    timeZoneName: 'longOffset',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (text) => {
    const time = Date.parse(text ?? '');
    if (Number.isNaN(time)) return text;
    const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
    const offset = part('timeZoneName').slice('GMT'.length);
    const isUtc = offset === '' || offset === '+00:00';
    const date = `${part('year')}-${part('month')}-${part('day')}`;
    return `${date} ${part('hour')}:${part('minute')}:${part('second')}${isUtc ? 'Z' : offset}`;
  };
}
