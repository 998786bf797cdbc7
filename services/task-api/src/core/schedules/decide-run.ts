import type { Overlap, Schedule, ScheduleRun, Task } from '@cyberstroll/contracts';
import { findNextTime, planNext, type ScheduleTimes, toDueTime } from './planned-times';

/** What is open of a schedule when a planned time is due. */
export interface OpenFacts {
  hasTask: boolean;
  /** A run waits for its task. */
  hasWaiting: boolean;
}

export type Decision = Pick<ScheduleRun, 'outcome' | 'missed_until' | 'todo'>;

type Decided = ScheduleTimes & Pick<Schedule, 'overlap' | 'catch_up'>;

/**
 * Decides a planned time that is due. Missed ones in a row are decided together: the first of them stands for all
 * before `missed_until`.
 */
export function decideRun(schedule: Decided, planned: Date, now: Date, { hasTask, hasWaiting }: OpenFacts): Decision {
  const oldest = new Date(now.getTime() - schedule.catch_up * 1_000);
  if (toDueTime(schedule, planned) < oldest) {
    const next = findNextTime(schedule, planned);
    const until = next && (findFirstDue(schedule, next, oldest) ?? schedule.end);
    const isOne = until?.getTime() === next?.getTime();
    return { outcome: 'missed', ...(until && !isOne && { missed_until: until }) };
  }
  // Of a queue, one run waits at most.
  const isSkipped =
    (schedule.overlap === 'skip' && (hasTask || hasWaiting)) || (schedule.overlap === 'queue' && hasWaiting);
  return isSkipped ? { outcome: 'skipped_overlap' } : { outcome: 'waiting', todo: 'create' };
}

/** What a run that waits for its task does now. `cancel`: the open tasks that it cancels first. */
export type Turn = { turn: 'create'; cancel: string[] } | { turn: 'wait' } | { turn: 'skip' };

/**
 * Decides a run that waits, from the open tasks of its schedule. A run cancels tasks of runs before it alone: if one of
 * a later run is open, it is that one which replaces this one.
 */
export function decideTurn(
  overlap: Overlap,
  { planned_time }: Pick<ScheduleRun, 'planned_time'>,
  open: readonly Pick<Task, 'task_id' | 'planned_time'>[],
): Turn {
  const after = (task: (typeof open)[number]) => task.planned_time!.getTime() - planned_time.getTime();
  const others = open.filter((task) => after(task) !== 0);
  if (overlap !== 'cancel') return others.length > 0 ? { turn: 'wait' } : { turn: 'create', cancel: [] };
  if (others.some((task) => after(task) > 0)) return { turn: 'skip' };
  return { turn: 'create', cancel: others.map(({ task_id }) => task_id) };
}

/** What is planned after a decision. */
export const planAfter = (
  schedule: ScheduleTimes,
  { planned_time, missed_until }: Pick<ScheduleRun, 'planned_time' | 'missed_until'>,
) => planNext(schedule, missed_until ? new Date(missed_until.getTime() - 1) : planned_time);

/** The first planned time, from this one on, that is due at `oldest` or later. */
function findFirstDue(schedule: ScheduleTimes, first: Date, oldest: Date): Date | undefined {
  const atLeast = new Date(oldest.getTime() - schedule.jitter * 1_000);
  let time: Date | undefined = first < atLeast ? findNextTime(schedule, new Date(atLeast.getTime() - 1)) : first;
  while (time && toDueTime(schedule, time) < oldest) time = findNextTime(schedule, time);
  return time;
}

/** A run that failed, or whose task did. */
const hasFailed = ({ outcome, task_status }: Pick<ScheduleRun, 'outcome' | 'task_status'>): boolean =>
  outcome === 'failed' || task_status === 'FAILED' || task_status === 'TIMEOUT';

/** Whether the last runs, the newest first, pause a schedule that pauses after as many failures. */
export const isFailing = (
  last: readonly Pick<ScheduleRun, 'outcome' | 'task_status'>[],
  pauseAfter: number | undefined,
): boolean => pauseAfter !== undefined && last.length >= pauseAfter && last.slice(0, pauseAfter).every(hasFailed);
