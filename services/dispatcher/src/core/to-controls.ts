import { groupBy, MAX_CONTROL_TASKS, PAUSE_HOLDS_MS, type TaskControl, toPortions } from '@cyberstroll/contracts';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';

/**
 * Milliseconds for which a resume is repeated. A `paused` that was read before the resume may have been sent after it,
 * and a node that was cut off drops the task's jobs while it takes the task for paused. An end is repeated as long,
 * even if the task soon has no open subtask: its jobs may still be in the queue, or with a node that missed the end.
 */
export const REPEAT_MS = PAUSE_HOLDS_MS + 15_000;

interface StandingTask {
  task_id: string;
  status: TaskStatus;
  resumed_time?: Date | undefined;
  hold?: object | undefined;
}

/**
 * The control messages to repeat, so that a node that missed one gets it later: which tasks are paused, were resumed,
 * or have ended. To a node a held task is a paused one. Every node gets each of them, so they are as few as the limit
 * allows.
 */
export function toControls(tasks: readonly StandingTask[], now: Date): TaskControl[] {
  return [...groupBy(tasks, (task) => toState(task, now))].flatMap(([state, ofState]) => {
    if (!state) return [];
    const task_ids = ofState.map(({ task_id }) => task_id);
    return toPortions(task_ids, MAX_CONTROL_TASKS).map((some) => ({ task_ids: some, state }));
  });
}

/** Undefined for a task that nodes need not hear of. */
function toState({ status, resumed_time, hold }: StandingTask, now: Date): TaskControl['state'] | undefined {
  if (isEndedTask(status)) return 'ended';
  if (status === 'PAUSED' || hold) return 'paused';
  const resumed = resumed_time !== undefined && now.getTime() - resumed_time.getTime() < REPEAT_MS;
  return resumed ? 'running' : undefined;
}
