import { PAUSE_HOLDS_MS, type TaskControl } from '@cyberstroll/contracts';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';

/**
 * Milliseconds for which a resume is repeated. A `paused` that was read before the resume may have been sent after it,
 * and a node that was cut off drops the task's jobs while it takes the task for paused. An end is repeated as long,
 * even if the task soon has no open subtask: its jobs may still be in the queue, or with a node that missed the end.
 */
export const REPEAT_MS = PAUSE_HOLDS_MS + 15_000;

/**
 * The control messages to repeat, so that a node that missed one gets it later: which tasks are paused, were resumed,
 * or have ended.
 */
export function toControls(
  tasks: readonly { task_id: string; status: TaskStatus; resumed_time?: Date | undefined }[],
  now: Date,
): TaskControl[] {
  return tasks.flatMap(({ task_id, status, resumed_time }): TaskControl[] => {
    if (status === 'PAUSED') return [{ task_id, state: 'paused' }];
    if (isEndedTask(status)) return [{ task_id, state: 'ended' }];
    const resumed = resumed_time !== undefined && now.getTime() - resumed_time.getTime() < REPEAT_MS;
    return resumed ? [{ task_id, state: 'running' }] : [];
  });
}
