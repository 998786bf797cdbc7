import { PAUSE_HOLDS_MS, type TaskControl } from '@cyberstroll/contracts';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';

/**
 * A resume is repeated for so long: a `paused` that was read before it may have been sent after it, and a node that was
 * cut off drops the task's jobs while it takes it for paused. An end too, however soon nothing of the task is open any
 * more: its jobs may still lie in the queue, or with a node that missed it.
 */
export const REPEAT_MS = PAUSE_HOLDS_MS + 15_000;

/**
 * What nodes must hear again and again, so that one that missed it learns it: what is paused, what was resumed, what is
 * over.
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
