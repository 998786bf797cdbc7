import type { Task } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import { foldHistory } from '../history';
import {
  type HeldClock,
  mergeTaskEntries,
  type ScanTimes,
  toCompletedTime,
  toHeldSeconds,
  toTaskTimes,
} from '../task-clock';
import type { TaskTransition } from './roll-up-transitions';

/** The fields of a task that its transitions set and remove. */
export interface TaskFieldChanges {
  set: Partial<Task>;
  unset: (keyof Task)[];
}

/** The task after these transitions and changes. Each write of transitions makes a revision. */
export function toTaskAfter<Read extends Pick<Task, 'rev'>>(
  task: Read,
  transitions: readonly TaskTransition[],
  { set, unset }: TaskFieldChanges,
): Read {
  const after: Read = { ...task, ...set, ...(transitions.length > 0 && { rev: task.rev + 1 }) };
  for (const field of unset) delete after[field as keyof Read];
  return after;
}

/**
 * The fields of a task after these transitions: status, history, times, and its clock, which stops while PAUSED or held
 * and starts again when an ended task is retried. With `scans`, an end has the time at which the last scan ended.
 * Without them, a command or a time-out ends the task now. The history is replaced as a whole, so the write must be
 * guarded by the revision that was read.
 */
export function applyTaskTransitions(
  task: HeldClock & Pick<Task, 'status_history'>,
  transitions: readonly TaskTransition[],
  operator: string,
  now: Date,
  scans: ScanTimes = {},
): TaskFieldChanges {
  const set: Partial<Task> = {};
  const unset = new Set<keyof Task>();
  const history = [...task.status_history];
  let at = task.status;
  let completed: Date | undefined;
  let heldSeconds = toHeldSeconds(task, now);
  if (task.held_seconds !== undefined) unset.add('held_seconds');
  for (const { status, reason } of transitions) {
    history.push({ status, timestamp: now, reason, operator, ...(heldSeconds > 0 && { idle_seconds: heldSeconds }) });
    heldSeconds = 0;
    if (at === 'PAUSED') {
      unset.add('paused_time');
      if (status === 'RUNNING') set.resumed_time = now;
    }
    if (status === 'QUEUED') set.queued_time = now;
    if (status === 'PAUSED' || (task.hold && !isEndedTask(status))) set.paused_time = now;
    if (isEndedTask(at)) {
      unset.add('completed_time');
      unset.add('actual_duration');
      unset.add('clean_up');
      set.resumed_time = now;
      set.settled = false;
    }
    if (isEndedTask(status)) {
      completed = toCompletedTime(history, scans, now);
      set.completed_time = completed;
      unset.delete('completed_time');
      unset.delete('actual_duration');
      unset.add('estimated_completion');
      unset.add('retry_all');
      delete set.paused_time;
      if (task.hold) unset.add('hold').add('paused_time');
    }
    at = status;
  }
  if (set.paused_time) unset.delete('paused_time');
  const folded = foldHistory(history, mergeTaskEntries);
  const { started_time } = task;
  const known = { status_history: folded, started_time, completed_time: completed };
  Object.assign(set, toTaskTimes(known, scans), { status: at, status_history: folded });
  return { set, unset: [...unset] };
}
