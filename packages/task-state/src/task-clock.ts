import type { Task } from '@cyberstroll/contracts';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';

/** The fields that say how long a task has run. */
export type TaskClock = Pick<
  Task,
  'started_time' | 'paused_time' | 'paused_seconds' | 'completed_time' | 'actual_duration'
>;

/**
 * Seconds that the task has run until `now`, without the time in PAUSED or held. After an operator's retry they are
 * counted from that retry.
 */
export function runningSeconds(task: TaskClock, now: Date): number {
  if (task.actual_duration !== undefined) return task.actual_duration;
  if (!task.started_time) return 0;
  return secondsSince(task.started_time, task, task.completed_time ?? task.paused_time ?? now);
}

/** Seconds from `start` to `until` on the task's clock, which stops while the task is PAUSED or held. */
export const secondsSince = (start: Date, { paused_seconds }: Pick<Task, 'paused_seconds'>, until: Date): number =>
  Math.max(0, (until.getTime() - start.getTime()) / 1_000 - paused_seconds);

/** The statuses in which a task may be past its timeout. */
export const TIMED_TASK_STATUSES: readonly TaskStatus[] = ['RUNNING', 'PAUSED'];

/** Whether a task has run for longer than `config.timeout` seconds. A timeout of 0 means no timeout. */
export function isTaskOverdue(
  task: TaskClock & Pick<Task, 'status'> & { config: Pick<Task['config'], 'timeout'> },
  now: Date,
): boolean {
  const { status, config } = task;
  if (!TIMED_TASK_STATUSES.includes(status) || config.timeout === 0 || !task.started_time) return false;
  return runningSeconds(task, now) >= config.timeout;
}

/** What is known about a task's scans from all reports. */
export interface ScanTimes {
  first_started_time?: Date | undefined;
  last_completed_time?: Date | undefined;
}

type History = Task['status_history'];
type TaskTimes = Pick<Task, 'started_time' | 'actual_duration' | 'paused_seconds'>;

/** The fields of a task that say how long it was held since the last change of its status. */
export type HeldClock = Pick<Task, 'status' | 'started_time' | 'paused_time' | 'hold' | 'held_seconds'>;

/** Seconds that a task was held since the last change of its status, and since its first scan, until `now`. */
export function toHeldSeconds({ status, started_time, paused_time, hold, held_seconds = 0 }: HeldClock, now: Date) {
  if (!hold || !paused_time || !started_time || status === 'PAUSED' || isEndedTask(status)) return held_seconds;
  return held_seconds + secondsBetween(latest(paused_time, started_time), now);
}

/**
 * A task's times, computed from its history and its scans. The task starts with its first scan. As long as no scan is
 * reported, it starts when it became RUNNING. While it is PAUSED or held, or has ended and is not yet retried, nothing
 * runs: no duration counts that time.
 */
export function toTaskTimes(
  {
    status_history,
    started_time,
    completed_time,
    held_seconds = 0,
  }: Pick<Task, 'status_history' | 'started_time' | 'completed_time' | 'held_seconds'>,
  { first_started_time }: ScanTimes,
): TaskTimes {
  const started =
    first_started_time ?? started_time ?? status_history.find(({ status }) => status === 'RUNNING')?.timestamp;
  if (!started) return { paused_seconds: 0 };
  return {
    started_time: started,
    paused_seconds: toPausedSeconds(status_history, started) + held_seconds,
    ...(completed_time && { actual_duration: toActiveSeconds(status_history, started, completed_time) }),
  };
}

/**
 * When the last scan of an ended task was over, but not later than `now`. If there was no scan, or no scan since an
 * operator retried the task, it is `now`.
 */
export function toCompletedTime(
  history: History,
  { first_started_time: first, last_completed_time: last }: ScanTimes,
  now: Date,
): Date {
  if (!first || !last || last < first || last > now) return now;
  const takenUp = findTakenUp(history);
  return takenUp && last <= takenUp ? now : last;
}

/** When an operator retried the ended task. */
function findTakenUp(history: History): Date | undefined {
  return history.findLast(({ status }, i) => status === 'RUNNING' && isEndedTask(history[i - 1]?.status ?? status))
    ?.timestamp;
}

/**
 * How far the task's clock is behind: the time in PAUSED, or held, until its last change. A retried task has its whole
 * `timeout` again, so all the time before the retry is included.
 */
function toPausedSeconds(history: History, started: Date): number {
  const takenUp = findTakenUp(history);
  const from = takenUp && takenUp > started ? takenUp : started;
  return secondsBetween(started, from) + toIdleSeconds(history, from, history.at(-1)!.timestamp);
}

const toActiveSeconds = (history: History, from: Date, to: Date): number =>
  Math.max(0, secondsBetween(from, to) - toIdleSeconds(history, from, to));

/** How long the task was PAUSED, held or ended between `from` and `to`. */
function toIdleSeconds(history: History, from: Date, to: Date): number {
  return history.reduce((sum, entry, i) => {
    const begun = latest(history[i - 1]?.timestamp ?? from, from);
    const before = entry.timestamp > from ? Math.min(entry.idle_seconds ?? 0, secondsBetween(begun, to)) : 0;
    const next = history[i + 1];
    const until = next?.since ?? next?.timestamp ?? to;
    return sum + before + (isIdle(entry) ? secondsBetween(latest(entry.timestamp, from), earliest(until, to)) : 0);
  }, 0);
}

/** What `foldHistory` carries over: the idle time between the earlier and the later entry. */
export function mergeTaskEntries(earlier: History[number], later: History[number]): History[number] {
  const between = isIdle(earlier) ? secondsBetween(earlier.timestamp, later.timestamp) : 0;
  return { ...later, idle_seconds: (earlier.idle_seconds ?? 0) + between + (later.idle_seconds ?? 0) };
}

const isIdle = ({ status }: History[number]) => status === 'PAUSED' || isEndedTask(status);
const secondsBetween = (from: Date, to: Date) => Math.max(0, to.getTime() - from.getTime()) / 1_000;
const latest = (a: Date, b: Date) => (a > b ? a : b);
const earliest = (a: Date, b: Date) => (a < b ? a : b);
