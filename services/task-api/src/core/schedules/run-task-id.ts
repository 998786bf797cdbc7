import { createHash } from 'node:crypto';
import { MAX_TASK_NAME, type Schedule, type ScheduleRun } from '@cyberstroll/contracts';

/**
 * The id of the task of a planned time: its seconds, as ids of tasks begin with those of their creation, and 64 bits of
 * a digest of schedule and time. A second task for the same planned time would have the same id, which is unique.
 */
export function toRunTaskId({ schedule_id, planned_time }: Pick<ScheduleRun, 'schedule_id' | 'planned_time'>): string {
  const ms = planned_time.getTime();
  const seconds = Math.floor(ms / 1_000)
    .toString(16)
    .padStart(8, '0')
    .slice(-8);
  return `${seconds}${createHash('sha256').update(`${schedule_id}-${ms}`).digest('hex').slice(0, 16)}`;
}

/** The name of a task whose template has none: its schedule's, and the planned time. */
export function toRunTaskName({ name }: Pick<Schedule, 'name'>, { planned_time }: Pick<ScheduleRun, 'planned_time'>) {
  const time = ` ${planned_time.toISOString().slice(0, 16)}Z`;
  // Half of a surrogate pair is no text.
  return `${name.slice(0, MAX_TASK_NAME - time.length).replace(/[\ud800-\udbff]$/, '')}${time}`;
}
