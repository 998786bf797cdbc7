import { type SubTask, type Task, toSubTaskId } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';

type Owner = Pick<Task, 'task_id' | 'config'>;

/**
 * The document of a subtask whose job was sent first at `sent`, before its first update is applied. Its first field is
 * the store's key. If the key is added last, the server writes the document twice. To put it in front later, the
 * document must be copied.
 */
export const toNewDocument = <Key>(
  _id: Key,
  task: Owner,
  index: number,
  ip: string,
  sent: Date,
): SubTask & { _id: Key } => ({
  _id,
  task_id: task.task_id,
  subtask_id: toSubTaskId(task.task_id, index),
  ip,
  status: 'PENDING',
  retry_count: 0,
  max_retries: task.config.max_retries,
  created_time: sent,
  updated_time: sent,
  index,
  attempt: 1,
  node_losses: 0,
  status_history: [],
});

/** How a subtask without a document is shown: PENDING, or CANCELLED in an ended task. Its attempt is 0. */
export function toUntouchedSubTask(
  task: Owner & Pick<Task, 'status' | 'created_time' | 'completed_time'>,
  index: number,
  ip: string,
): SubTask {
  const ended = isEndedTask(task.status);
  const { _id, ...subTask } = toNewDocument(undefined, task, index, ip, task.created_time);
  return {
    ...subTask,
    status: ended ? 'CANCELLED' : 'PENDING',
    updated_time: (ended ? task.completed_time : undefined) ?? task.created_time,
    attempt: 0,
  };
}
