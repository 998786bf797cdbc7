import { countClosed, countFailed, countOpen, type Task, type TouchedCounts, toSentence } from '@cyberstroll/contracts';
import { isEndedTask, type TaskStatus, taskTable } from '@cyberstroll/state-machine';
import { isEndHeld } from './end-hold';

export interface TaskTransition {
  status: TaskStatus;
  reason: string;
}

export interface TaskStanding {
  task: Pick<Task, 'status' | 'error_info' | 'end_hold' | 'accepted_failures' | 'retry_all'>;
  total: number;
  touched: TouchedCounts;
  /** How many failed subtasks were retried, by the counters. */
  reopened: number;
  now: Date;
}

/**
 * The transitions that the counters demand of a task: to RUNNING once a node has touched it, to its end once every
 * subtask is closed or too many failed. Each is an arrow of the machine. A task in the right status needs none.
 */
export function decideTaskTransitions({ task, total, touched, reopened, now }: TaskStanding): TaskTransition[] {
  if (isEndedTask(task.status)) return [];
  const isTouched = countClosed(touched) + countOpen(touched) > 0;
  const failed = countFailed(touched);
  const hasStarted = STARTED.includes(task.status);
  const running: TaskTransition = { status: 'RUNNING', reason: toSentence('first_taken') };
  const end = toEnd();
  // Of what failed or was cancelled nobody knows here whether a node had it.
  const isTaken = touched.assigned_count + touched.scanning_count + touched.completed_count > 0;
  if (end) return waysTo(task.status, end, isTaken && !hasStarted ? running : undefined);
  return isTouched && !hasStarted ? waysTo(task.status, running) : [];

  function toEnd(): TaskTransition | undefined {
    // The earlier failures stay in the counters until each of these subtasks is at its next attempt.
    if (isEndHeld(task.end_hold, reopened, now) || task.retry_all) return undefined;
    const { error_threshold } = task.error_info;
    const { accepted_failures: accepted = 0 } = task;
    if (failed - accepted > error_threshold) {
      const first = toSentence('too_many_failed', { failed, allowed: error_threshold });
      const reason = accepted > 0 ? toSentence('too_many_failed_again', { first, accepted }) : first;
      return { status: 'FAILED', reason };
    }
    if (countClosed(touched) < total) return undefined;
    return failed === total
      ? { status: 'FAILED', reason: toSentence('every_failed') }
      : { status: 'COMPLETED', reason: toSentence('every_closed') };
  }
}

const STARTED: readonly TaskStatus[] = ['RUNNING', 'PAUSED'];

/**
 * The transitions on the way to the goal, each with its own reason: that of `between`, if it is one of them. Commands
 * that only an operator gives are left out.
 */
function waysTo(from: TaskStatus, goal: TaskTransition, between?: TaskTransition): TaskTransition[] {
  const way = taskTable.path(from, goal.status, ['PAUSE', 'CANCEL', 'RETRY', 'TIME_OUT']) ?? [];
  const passing = (status: TaskStatus) => ({ status, reason: toSentence('on_the_way', { status: goal.status }) });
  return way.map((status) => [goal, between].find((known) => known?.status === status) ?? passing(status));
}
