import { parseSubTaskId, type Sender, type SubTaskUpdate, type Task, toSentence } from '@cyberstroll/contracts';
import type { UpdateResult } from './incoming-update';

const outside = (detail: string): UpdateResult => ({ outcome: 'rejected', reason: 'outside_target_set', detail });

/** Where a subtask is: its task, and its index in the task's target set. */
export interface SubTaskPlace {
  taskId: string;
  index: number;
}

/** The place that an update names. Rejects an id that belongs to another task. */
export function locateSubTask({
  task_id,
  subtask_id,
}: Pick<SubTaskUpdate, 'task_id' | 'subtask_id'>): { place: SubTaskPlace } | { refusal: UpdateResult } {
  const place = parseSubTaskId(subtask_id);
  if (place?.taskId === task_id) return { place };
  return { refusal: outside(toSentence('other_task', { subtask_id, task_id })) };
}

/**
 * Why there is no subtask at a place; undefined if there is one. A task may be deleted while an update about it is
 * still in a queue, or with a node that has stalled: nobody is at fault. `wasDeleted`: the task is known to have
 * existed.
 */
export function refusePlace(
  { taskId, index }: SubTaskPlace,
  task: { progress: Pick<Task['progress'], 'total_targets'> } | undefined,
  { sender: { operator } = {}, wasDeleted = false }: { sender?: Sender; wasDeleted?: boolean } = {},
): UpdateResult | undefined {
  if (!task && (operator !== undefined || wasDeleted)) return { outcome: 'stale' };
  if (!task)
    return { outcome: 'rejected', reason: 'unknown_task', detail: toSentence('no_such_task', { task_id: taskId }) };
  const total = task.progress.total_targets;
  return index < total ? undefined : outside(toSentence('beyond_targets', { index, targets: total }));
}
