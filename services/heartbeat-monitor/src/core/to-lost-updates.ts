import type { SubTask, SubTaskUpdate, TakenCause } from '@cyberstroll/contracts';

/**
 * What the monitor says of subtasks whose node cannot: under their own attempt and lease, so that it changes nothing where
 * the node has come first.
 */
export type HeldSubTask = Pick<
  SubTask,
  'task_id' | 'subtask_id' | 'ip' | 'attempt' | 'lease_id' | 'assigned_node' | 'deadline'
>;

export function toNodeLostUpdates(
  subTasks: readonly HeldSubTask[],
  taken: TakenCause,
  reason: string,
  now: Date,
): SubTaskUpdate[] {
  return subTasks.map((subTask) => ({
    ...toEnd(subTask, now),
    status: 'FAILED',
    taken,
    error_info: { error_code: 'NODE_LOST', error_message: `node ${subTask.assigned_node}: ${reason}` },
    reason: `node ${subTask.assigned_node}: ${reason}`,
  }));
}

export function toOverdueUpdates(subTasks: readonly HeldSubTask[], now: Date): SubTaskUpdate[] {
  return subTasks.map((subTask) => ({
    ...toEnd(subTask, now),
    status: 'TIMEOUT',
    taken: 'overdue',
    error_info: {
      error_code: 'SUBTASK_TIMEOUT',
      error_message: `not ended by its deadline on node ${subTask.assigned_node}`,
    },
    reason: 'past its deadline',
  }));
}

function toEnd({ task_id, subtask_id, ip, attempt, lease_id }: HeldSubTask, now: Date): Omit<SubTaskUpdate, 'status'> {
  return {
    task_id,
    subtask_id,
    ip,
    attempt,
    ...(lease_id === undefined ? {} : { lease_id }),
    completed_time: now.toISOString(),
  };
}
