import type { Owner, Schedule } from '@cyberstroll/contracts';
import { planNext } from './planned-times';

/** What an operator gives, whole. */
export type GivenSchedule = Pick<
  Schedule,
  | 'name'
  | 'template'
  | 'cron'
  | 'every'
  | 'time_zone'
  | 'start'
  | 'end'
  | 'jitter'
  | 'overlap'
  | 'catch_up'
  | 'pause_after_failures'
  | 'alert'
  | 'target_ranges'
>;

/** A new schedule. */
export function toNewSchedule(given: GivenSchedule, owner: Owner, now: Date, schedule_id: string) {
  const times = { created_time: now, changed_time: now, counted_from: now };
  const schedule = { ...given, ...owner, ...times, paused: false };
  return { ...schedule, ...planNext({ ...schedule, schedule_id }, now) };
}

/** The schedule with what is given now. If its times change, the next one lies in the future. */
export function toChanged(schedule: Schedule, given: GivenSchedule, owner: Owner, now: Date): Schedule {
  const { schedule_id, rev, created_time, counted_from, last_run, paused, paused_by, pause_reason } = schedule;
  const why = { ...(paused_by !== undefined && { paused_by }), ...(pause_reason !== undefined && { pause_reason }) };
  const kept = { schedule_id, rev, created_time, counted_from, ...(last_run && { last_run }), paused, ...why };
  const changed = { ...kept, ...given, ...owner, changed_time: now };
  if (paused) return changed;
  const { next_time, due_time } = schedule;
  const isSame = toTimesText(schedule) === toTimesText(given);
  return { ...changed, ...(isSame ? next_time && due_time && { next_time, due_time } : planNext(changed, now)) };
}

const toTimesText = ({ cron, every, time_zone, start, end, jitter }: GivenSchedule): string =>
  JSON.stringify([cron, every, time_zone, start, end, jitter]);

/** The schedule, paused; undefined if it is. Nothing is due while it is paused. */
export function toPaused(
  schedule: Schedule,
  { by, reason }: { by: string; reason?: string | undefined },
  now: Date,
): Schedule | undefined {
  if (schedule.paused) return undefined;
  const { next_time: _next, due_time: _due, missed_time: _missed, ...rest } = schedule;
  const why = { paused_by: by, ...(reason !== undefined && { pause_reason: reason }) };
  return { ...rest, ...why, paused: true, changed_time: now };
}

/** The schedule, resumed; undefined if it is not paused. What was planned in the pause is not caught up. */
export function toResumed(schedule: Schedule, owner: Owner, now: Date): Schedule | undefined {
  if (!schedule.paused) return undefined;
  const { paused_by: _by, pause_reason: _reason, key_id: _key, sender: _sender, ...rest } = schedule;
  const resumed: Schedule = { ...rest, ...owner, paused: false, changed_time: now, counted_from: now };
  return { ...resumed, ...planNext(resumed, now) };
}
