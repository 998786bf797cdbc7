import type { Task } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import type { TaskStep } from './decide-task-steps';

export interface TaskWrite {
  $set: Record<string, unknown>;
  $unset?: Record<string, ''>;
  $push: { status_history: { $each: Task['status_history'] } };
  $inc: { rev: number };
}

/**
 * The write that takes a task through steps: status, history, times, and its clock, which stands still while PAUSED and
 * begins anew when the task is taken up again.
 * Its `rev` rises by one for the write.
 */
export function takeTaskSteps(
  task: Pick<Task, 'started_time' | 'paused_time' | 'paused_seconds' | 'status'>,
  steps: readonly TaskStep[],
  operator: string,
  now: Date,
): TaskWrite {
  const set: Record<string, unknown> = {};
  const unset: Record<string, ''> = {};
  let at = task.status;
  let startedTime = task.started_time;
  for (const { status } of steps) {
    if (at === 'PAUSED') {
      const seconds = task.paused_time ? (now.getTime() - task.paused_time.getTime()) / 1_000 : 0;
      set['paused_seconds'] = task.paused_seconds + seconds;
      unset['paused_time'] = '';
      if (status === 'RUNNING') set['resumed_time'] = now;
    }
    if (status === 'QUEUED') set['queued_time'] = now;
    if (status === 'PAUSED') set['paused_time'] = now;
    if (status === 'RUNNING' && !startedTime) set['started_time'] = startedTime = now;
    if (isEndedTask(at)) {
      unset['completed_time'] = '';
      unset['actual_duration'] = '';
      unset['clean_up'] = '';
      set['resumed_time'] = now;
      set['settled'] = false;
      // A task that is taken up again has the whole of its `timeout` before it.
      if (startedTime) set['paused_seconds'] = (now.getTime() - startedTime.getTime()) / 1_000;
    }
    if (isEndedTask(status)) {
      set['completed_time'] = now;
      delete unset['completed_time'];
      unset['estimated_completion'] = '';
      unset['retry_all'] = '';
      if (startedTime) set['actual_duration'] = (now.getTime() - startedTime.getTime()) / 1_000;
    }
    at = status;
  }
  set['status'] = at;
  return {
    $set: set,
    ...(Object.keys(unset).length > 0 && { $unset: unset }),
    $push: {
      status_history: { $each: steps.map(({ status, reason }) => ({ status, timestamp: now, reason, operator })) },
    },
    $inc: { rev: 1 },
  };
}
