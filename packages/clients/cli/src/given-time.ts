import { DAY_MS } from '@cyberstroll/contracts';
import { InvalidArgumentError } from 'commander';
import { defineTexts } from './language/say';
import type { TimeText } from './text/time-text';

const t = defineTexts({
  must_time: [
    'Must be a time: 22:00, +2h, -30m, 2099-12-31, "2099-12-31 22:00", or with an offset 2099-12-31T22:00:00Z.',
    '必须是时间：22:00、+2h、-30m、2099-12-31、"2099-12-31 22:00"，或带时区偏移的 2099-12-31T22:00:00Z。',
  ],
});

/** A time as it was given, which becomes ISO 8601 once the time zone of the invocation is known. */
export class GivenTime {
  constructor(
    /** Whether it has a date, a time and an offset. */
    readonly isFull: boolean,
    readonly toIso: (clock: Clock) => string,
  ) {}
}

interface Clock {
  now: number;
  /** In the time zone in which times without an offset are meant. */
  toTimeText: TimeText;
}

const UNIT_MS = { d: DAY_MS, h: 3_600_000, m: 60_000, s: 1_000 };

const DISTANCE = /^[+-](?:\d{1,6}[dhms])+$/;
const TIME_OF_DAY = /^\d\d:\d\d(?::\d\d)?$/;
const DAY = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** A time to come: a time of day is the next one. */
export const comingTime = (text: string): GivenTime => readTime(text, 'next');
/** A time that is over: a time of day is the last one. */
export const pastTime = (text: string): GivenTime => readTime(text, 'last');

function readTime(text: string, which: 'next' | 'last'): GivenTime {
  const [, day, hours = '00:00', seconds = ':00', offset] = DAY.exec(text) ?? [];
  const time = `${hours}${seconds}`;
  if (day !== undefined && !Number.isNaN(Date.parse(`${day}T${time}Z`))) {
    if (offset !== undefined) return new GivenTime(true, () => `${day}T${time}${offset}`);
    return new GivenTime(false, ({ toTimeText }) => toIso(toInstant(day, time, toTimeText)));
  }
  if (DISTANCE.test(text)) return new GivenTime(false, ({ now }) => toIso(now + toDistance(text)));
  if (TIME_OF_DAY.test(text) && !Number.isNaN(Date.parse(`2000-01-01T${text}Z`))) {
    return new GivenTime(false, ({ now, toTimeText }) => toIso(findTimeOfDay(text, which, now, toTimeText)));
  }
  throw new InvalidArgumentError(t('must_time'));
}

const toIso = (ms: number) => new Date(ms).toISOString();

const toDistance = (text: string): number =>
  [...text.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS],
    0,
  ) * (text.startsWith('-') ? -1 : 1);

function findTimeOfDay(time: string, which: 'next' | 'last', now: number, toTimeText: TimeText): number {
  const [today] = toTimeText(toIso(now))!.split(' ');
  const days = [-1, 0, 1].map((count) => toIso(Date.parse(`${today}T00:00Z`) + count * DAY_MS).slice(0, 10));
  const times = days.map((day) => toInstant(day, time, toTimeText));
  return which === 'next' ? times.find((each) => each > now)! : times.findLast((each) => each <= now)!;
}

/** When a clock of the time zone shows this. */
function toInstant(day: string, time: string, toTimeText: TimeText): number {
  const withOffsetAt = (ms: number) => Date.parse(`${day}T${time}${toTimeText(toIso(ms))!.slice(DATE_AND_TIME)}`);
  return withOffsetAt(withOffsetAt(Date.parse(`${day}T${time}Z`)));
}

const DATE_AND_TIME = '2026-01-31 20:00:00'.length;
