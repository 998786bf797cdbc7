import { type Publisher, sendJob } from '@cyberstroll/messaging';
import type { DispatchTask, Store } from '@cyberstroll/store';
import { toJob } from '../core/to-job';

export type SentTask = Pick<DispatchTask, 'task_id' | 'config' | 'total_targets' | 'traceparent'>;

/** Sends some of a task's indexes to its pool as one job; resolves when the broker has it. The pool's queue must exist. */
export async function publishJob(
  { store, publisher }: { store: Store; publisher: Publisher },
  task: SentTask,
  indexes: readonly number[],
): Promise<void> {
  const { targets, ...source } = await store.tasks.getJobSource(task.task_id, task.total_targets);
  const job = toJob({ ...task, ...source }, indexes, (index) => targets.member(index));
  await sendJob(publisher, { pool: task.config.pool, job, traceparent: task.traceparent });
}
