import type { Task } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import type { TaskStep } from './decide-task-steps';
import { foldHistory } from './fold-history';
import { mergeTaskEntries, type ScanTimes, toCompletedTime, toTaskTimes } from './task-times';

export interface TaskWrite {
  $set: Record<string, unknown>;
  $unset?: Record<string, ''>;
  $inc: { rev: number };
}

/**
 * The write that takes a task through steps: status, history, times, and its clock, which stands still while PAUSED and
 * begins anew when the task is taken up again. With `scans` an end bears the time of the last scan's; without them it is
 * a command or a time-out that ends the task now. Its `rev` rises by one for the write, which must be guarded by the one
 * that was read: the history is written whole.
 */
export function takeTaskSteps(
  task: Pick<Task, 'started_time' | 'status' | 'status_history'>,
  steps: readonly TaskStep[],
  operator: string,
  now: Date,
  scans: ScanTimes = {},
): TaskWrite {
  const set: Record<string, unknown> = {};
  const unset: Record<string, ''> = {};
  const history = [...task.status_history];
  let at = task.status;
  let completed: Date | undefined;
  for (const { status, reason } of steps) {
    history.push({ status, timestamp: now, reason, operator });
    if (at === 'PAUSED') {
      unset['paused_time'] = '';
      if (status === 'RUNNING') set['resumed_time'] = now;
    }
    if (status === 'QUEUED') set['queued_time'] = now;
    if (status === 'PAUSED') set['paused_time'] = now;
    if (isEndedTask(at)) {
      unset['completed_time'] = '';
      unset['actual_duration'] = '';
      unset['clean_up'] = '';
      set['resumed_time'] = now;
      set['settled'] = false;
    }
    if (isEndedTask(status)) {
      completed = toCompletedTime(history, scans, now);
      set['completed_time'] = completed;
      delete unset['completed_time'];
      delete unset['actual_duration'];
      unset['estimated_completion'] = '';
      unset['retry_all'] = '';
    }
    at = status;
  }
  const folded = foldHistory(history, mergeTaskEntries);
  const { started_time } = task;
  const known = { status_history: folded, started_time, completed_time: completed };
  Object.assign(set, toTaskTimes(known, scans), { status: at, status_history: folded });
  return { $set: set, ...(Object.keys(unset).length > 0 && { $unset: unset }), $inc: { rev: 1 } };
}
