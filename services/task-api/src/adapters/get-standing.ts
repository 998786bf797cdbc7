import type { ProgressSnapshot, Task } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

const MAX_READS = 3;

/** A task and its progress that agree on the status: they are two reads, and the task may move on between them. */
export async function getStanding(store: Store, taskId: string): Promise<{ task: Task; snapshot: ProgressSnapshot }> {
  for (let read = 1; ; read++) {
    const task = await store.tasks.getTask(taskId);
    const snapshot = await getSnapshot(store, taskId);
    if (snapshot.status === task.status || read === MAX_READS) return { task, snapshot };
  }
}

export async function getSnapshot(store: Store, taskId: string): Promise<ProgressSnapshot> {
  const snapshot = await store.tasks.findSnapshot(taskId);
  if (!snapshot) throw new AppError('missing', 'task_not_found', 'there is no such task', { field: 'task_id' });
  return snapshot;
}
