import type { ListedSchedule } from '@cyberstroll/client';
import { Cron } from 'croner';
import type { Span } from './week';

type Times = Pick<ListedSchedule, 'cron' | 'every' | 'time_zone' | 'start' | 'end' | 'created_time'>;

/** The planned times of a schedule after a moment and before another, at most `most`: as task-api finds them. */
export function findPlannedTimes(schedule: Times, { from, until }: Span, most: number): number[] {
  const first = Date.parse(schedule.start ?? '') || 0;
  const end = Math.min(until, Date.parse(schedule.end ?? '') || until);
  const findNext = schedule.cron === undefined ? byInterval(schedule) : byCron(schedule.cron, schedule.time_zone);
  const times: number[] = [];
  for (let last: number | undefined = Math.max(from, first - 1); last !== undefined && times.length < most; ) {
    last = findNext(last);
    if (last === undefined || last >= end) break;
    times.push(last);
  }
  return times;
}

function byCron(line: string, timezone: string): (after: number) => number | undefined {
  const cron = new Cron(line, { paused: true, timezone, mode: '5-part' });
  return (after) => cron.nextRun(new Date(after))?.getTime();
}

function byInterval({ every = 0, start, created_time }: Times): (after: number) => number {
  const first = Math.floor(Date.parse(start ?? created_time) / 1_000) * 1_000;
  const step = every * 1_000;
  return (after) => first + Math.max(0, Math.floor((after - first) / step) + 1) * step;
}
