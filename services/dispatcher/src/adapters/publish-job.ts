import { type Job, toJob, toSubTaskId } from '@cyberstroll/contracts';
import { type Publisher, sendJob } from '@cyberstroll/messaging';
import type { DispatchFacts, DispatchState, ExclusionWatch, Store } from '@cyberstroll/store';
import { toExcludePorts } from '@cyberstroll/task-state';

export type SentTask = Pick<DispatchState, 'task_id' | 'total_targets'> & Pick<DispatchFacts, 'config' | 'traceparent'>;

export interface PublishDeps {
  store: Pick<Store, 'tasks'>;
  publisher: Publisher;
  exclusions: ExclusionWatch;
}

/**
 * Sends some of a task's indexes to its pool as the first attempts of one job; resolves when the broker has it. The
 * pool's queue must exist. What is excluded is left out: it is cancelled soon. Without the rest there is no job. It
 * names the ports that its addresses lose.
 */
export async function publishJob(
  { store, publisher, exclusions }: PublishDeps,
  task: SentTask,
  indexes: readonly number[],
): Promise<Job['subtasks']> {
  const { targets, ...source } = await store.tasks.getJobSource(task.task_id, task.total_targets);
  const excluded = (await exclusions.read(new Date())).of(source.scan.ports);
  const { set } = excluded;
  const subtasks = indexes
    .map((index) => ({ subtask_id: toSubTaskId(task.task_id, index), ip: targets.member(index), attempt: 1 }))
    .filter(({ ip }) => set.isEmpty || !set.has(ip));
  if (subtasks.length === 0) return [];
  const ips = subtasks.map(({ ip }) => ip);
  const job = { ...toJob({ ...task, ...source }, subtasks), ...toExcludePorts(excluded, ips) };
  await sendJob(publisher, { pool: task.config.pool, job, traceparent: task.traceparent });
  return subtasks;
}
