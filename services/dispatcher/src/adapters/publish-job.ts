import { type Job, toJob, toSubTaskId } from '@cyberstroll/contracts';
import { type Publisher, sendJob } from '@cyberstroll/messaging';
import type { DispatchFacts, DispatchState, Store } from '@cyberstroll/store';

export type SentTask = Pick<DispatchState, 'task_id' | 'total_targets'> & Pick<DispatchFacts, 'config' | 'traceparent'>;

/**
 * Sends some of a task's indexes to its pool as the first attempts of one job; resolves when the broker has it. The
 * pool's queue must exist.
 */
export async function publishJob(
  { store, publisher }: { store: Pick<Store, 'tasks'>; publisher: Publisher },
  task: SentTask,
  indexes: readonly number[],
): Promise<Job['subtasks']> {
  const { targets, ...source } = await store.tasks.getJobSource(task.task_id, task.total_targets);
  const subtasks = indexes.map((index) => ({
    subtask_id: toSubTaskId(task.task_id, index),
    ip: targets.member(index),
    attempt: 1,
  }));
  const job = toJob({ ...task, ...source }, subtasks);
  await sendJob(publisher, { pool: task.config.pool, job, traceparent: task.traceparent });
  return subtasks;
}
