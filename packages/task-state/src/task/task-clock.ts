import type { Task } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';

/** The fields that say how long a task has run. */
export type TaskClock = Pick<
  Task,
  'started_time' | 'paused_time' | 'paused_seconds' | 'completed_time' | 'actual_duration'
>;

/** Seconds that the task has run until `now`, without those in which it was PAUSED; after an operator's retry, from then on. */
export function runningSeconds(task: TaskClock, now: Date): number {
  if (task.actual_duration !== undefined) return task.actual_duration;
  if (!task.started_time) return 0;
  return secondsSince(task.started_time, task, task.completed_time ?? task.paused_time ?? now);
}

/** Seconds from `start` to `until` on the task's clock: it stands still while the task is PAUSED. */
export const secondsSince = (start: Date, { paused_seconds }: Pick<Task, 'paused_seconds'>, until: Date): number =>
  Math.max(0, (until.getTime() - start.getTime()) / 1_000 - paused_seconds);

/** Whether a task has run for longer than `config.timeout` seconds. A timeout of 0 is none. */
export function isTaskOverdue(
  task: TaskClock & Pick<Task, 'status'> & { config: Pick<Task['config'], 'timeout'> },
  now: Date,
): boolean {
  const { status, config } = task;
  if ((status !== 'RUNNING' && status !== 'PAUSED') || config.timeout === 0 || !task.started_time) return false;
  return runningSeconds(task, now) >= config.timeout;
}

/** What is known of a task's scans, by all that was reported of them. */
export interface ScanTimes {
  first_started_time?: Date | undefined;
  last_completed_time?: Date | undefined;
}

type History = Task['status_history'];
type TaskTimes = Pick<Task, 'started_time' | 'actual_duration' | 'paused_seconds'>;

/**
 * A task's times, which follow from its history and its scans. It starts with its first scan; as long as none is
 * reported, when it became RUNNING. While it is PAUSED, or has ended and is not yet retried, nothing runs: that time is
 * in no duration.
 */
export function toTaskTimes(
  { status_history, started_time, completed_time }: Pick<Task, 'status_history' | 'started_time' | 'completed_time'>,
  { first_started_time }: ScanTimes,
): TaskTimes {
  const started =
    first_started_time ?? started_time ?? status_history.find(({ status }) => status === 'RUNNING')?.timestamp;
  if (!started) return { paused_seconds: 0 };
  return {
    started_time: started,
    paused_seconds: toPausedSeconds(status_history, started),
    ...(completed_time && { actual_duration: toActiveSeconds(status_history, started, completed_time) }),
  };
}

/**
 * When the scans were over that ended a task: `now` at the latest. Where there was none, or none since an operator took
 * the task up again, it is `now`.
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

/** An operator's retry of an ended task. */
function findTakenUp(history: History): Date | undefined {
  return history.findLast(({ status }, i) => status === 'RUNNING' && isEndedTask(history[i - 1]?.status ?? status))
    ?.timestamp;
}

/**
 * By how much the task's clock is behind: what it was PAUSED until its last change. A task that is taken up again has
 * the whole of its `timeout` before it, so all before that is in it.
 */
function toPausedSeconds(history: History, started: Date): number {
  const takenUp = findTakenUp(history);
  const from = takenUp && takenUp > started ? takenUp : started;
  return secondsBetween(started, from) + toIdleSeconds(history, from, history.at(-1)!.timestamp);
}

const toActiveSeconds = (history: History, from: Date, to: Date): number =>
  Math.max(0, secondsBetween(from, to) - toIdleSeconds(history, from, to));

/** How long the task was PAUSED or ended between these two. */
function toIdleSeconds(history: History, from: Date, to: Date): number {
  return history.reduce((sum, entry, i) => {
    const folded = entry.timestamp > from && entry.timestamp <= to ? (entry.idle_seconds ?? 0) : 0;
    const next = history[i + 1];
    const until = next?.since ?? next?.timestamp ?? to;
    return sum + folded + (isIdle(entry) ? secondsBetween(latest(entry.timestamp, from), earliest(until, to)) : 0);
  }, 0);
}

/** What `foldHistory` carries over: the idle time from the earlier entry to the later. */
export function mergeTaskEntries(earlier: History[number], later: History[number]): History[number] {
  const between = isIdle(earlier) ? secondsBetween(earlier.timestamp, later.timestamp) : 0;
  return { ...later, idle_seconds: (earlier.idle_seconds ?? 0) + between + (later.idle_seconds ?? 0) };
}

const isIdle = ({ status }: History[number]) => status === 'PAUSED' || isEndedTask(status);
const secondsBetween = (from: Date, to: Date) => Math.max(0, to.getTime() - from.getTime()) / 1_000;
const latest = (a: Date, b: Date) => (a > b ? a : b);
const earliest = (a: Date, b: Date) => (a < b ? a : b);
