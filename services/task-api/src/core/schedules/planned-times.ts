import { type Schedule, toSentence } from '@cyberstroll/contracts';
import { Cron } from 'croner';

/** What says when a schedule is due. */
export type ScheduleTimes = Pick<
  Schedule,
  'cron' | 'every' | 'time_zone' | 'start' | 'end' | 'jitter' | 'created_time'
> & {
  schedule_id?: string;
};

/** Without seconds: no schedule is due more than once a minute. */
const CRON_MODE = '5-part';

/** What is wrong with a cron line; undefined if nothing is, and it has a time at all. */
export function findCronFault(cron: string, time_zone: string, now: Date): string | undefined {
  if (!isReadable(cron)) return findFieldFault(cron);
  const next = new Cron(cron, { paused: true, timezone: time_zone, mode: CRON_MODE }).nextRun(now);
  return next ? undefined : toSentence('cron_never');
}

const CRON_FIELDS = [
  { field: 'minute', least: 0, most: 59 },
  { field: 'hour', least: 0, most: 23 },
  { field: 'day of month', least: 1, most: 31 },
  { field: 'month', least: 1, most: 12 },
  { field: 'day of week', least: 0, most: 7 },
];

/** Croner's own sentences do not reach people. */
function isReadable(cron: string): boolean {
  try {
    return new Cron(cron, { paused: true, mode: CRON_MODE }) !== undefined;
  } catch {
    return false;
  }
}

/** What is wrong with the first field that cannot stand alone. */
function findFieldFault(cron: string): string {
  const texts = cron.trim().split(/\s+/);
  const isBad = (text: string, place: number) =>
    !isReadable(CRON_FIELDS.map((_, i) => (i === place ? text : '*')).join(' '));
  const bad = texts.length === CRON_FIELDS.length ? texts.findIndex(isBad) : -1;
  return bad < 0
    ? toSentence('cron_unreadable')
    : toSentence('cron_field', { text: texts[bad]!, ...CRON_FIELDS[bad]! });
}

/**
 * The first planned time after this one. A pure function of the schedule: whoever asks gets the same, however often
 * clocks are set, and an interval does not drift with the runs.
 *
 * What croner does where the clock is put forward or back: a fixed time that does not exist comes at the moment of the
 * change, one that exists twice comes once, the first time; a line with a wildcard or a step continues by real time.
 */
export function findNextTime(schedule: ScheduleTimes, after: Date): Date | undefined {
  const { start, end } = schedule;
  const from = start && start > after ? new Date(start.getTime() - 1) : after;
  const next = schedule.every === undefined ? findByCron(schedule, from) : findByInterval(schedule, from);
  return next && (!end || next < end) ? next : undefined;
}

function findByCron({ cron, time_zone }: ScheduleTimes, after: Date): Date | undefined {
  return new Cron(cron!, { paused: true, timezone: time_zone, mode: CRON_MODE }).nextRun(after) ?? undefined;
}

function findByInterval({ every, start, created_time }: ScheduleTimes, after: Date): Date {
  const first = Math.floor((start ?? created_time).getTime() / 1_000) * 1_000;
  const step = every! * 1_000;
  const count = Math.max(0, Math.floor((after.getTime() - first) / step) + 1);
  return new Date(first + count * step);
}

/** The next planned times, at most `count`. None of a line that cannot be read. */
export function findNextTimes(schedule: ScheduleTimes, after: Date, count: number): Date[] {
  const times: Date[] = [];
  if (schedule.cron !== undefined && !isReadable(schedule.cron)) return times;
  for (let last: Date | undefined = after; last && times.length < count; ) {
    last = findNextTime(schedule, last);
    if (last) times.push(last);
  }
  return times;
}

/** The planned times from a moment to before another, at most `count`. */
export function findTimesBetween(schedule: ScheduleTimes, from: Date, until: Date, count: number): Date[] {
  const end = schedule.end && schedule.end < until ? schedule.end : until;
  return findNextTimes({ ...schedule, end }, new Date(from.getTime() - 1), count);
}

/** When a planned time is due: its delay is made of the id of the schedule, so each run has the same. */
export function toDueTime({ schedule_id = '', jitter }: ScheduleTimes, planned: Date): Date {
  const share = toHash(schedule_id) / 2 ** 32;
  return new Date(planned.getTime() + Math.floor(share * jitter * 1_000));
}

/** FNV-1a with 32 bits, and its bits mixed: ids that follow each other are far apart. */
function toHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The first planned time after this one, and when it is due. Empty after the last one. */
export function planNext(schedule: ScheduleTimes, after: Date): { next_time?: Date; due_time?: Date } {
  const next = findNextTime(schedule, after);
  return next ? { next_time: next, due_time: toDueTime(schedule, next) } : {};
}
