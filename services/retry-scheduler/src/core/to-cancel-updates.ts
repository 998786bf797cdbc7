import type { SubTask, SubTaskUpdate } from '@cyberstroll/contracts';
import type { TaskStatus } from '@cyberstroll/state-machine';

export type OpenSubTask = Pick<SubTask, 'task_id' | 'subtask_id' | 'ip' | 'attempt' | 'lease_id'>;

/** Cancels what is open of an ended task, under the attempt and lease that it has now; without one where nobody holds it. */
export function toCancelUpdates(subTasks: readonly OpenSubTask[], ended: TaskStatus, now: Date): SubTaskUpdate[] {
  return subTasks.map(({ task_id, subtask_id, ip, attempt, lease_id }) => ({
    task_id,
    subtask_id,
    ip,
    attempt,
    ...(lease_id === undefined ? {} : { lease_id }),
    status: 'CANCELLED',
    completed_time: now.toISOString(),
    reason: `its task ended as ${ended}`,
  }));
}
