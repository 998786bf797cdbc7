import { type Job, type JobSubTask, toJob } from '@cyberstroll/contracts';
import type { ExclusionWatch } from '@cyberstroll/coordination';
import { type Publisher, sendJob } from '@cyberstroll/messaging';
import type { DispatchFacts, DispatchState, Store } from '@cyberstroll/store';
import { toExcludePorts } from '@cyberstroll/task-state';

export type SentTask = Pick<DispatchState, 'task_id' | 'total_targets'> &
  Pick<DispatchFacts, 'config' | 'traceparent'> & {
    /** When the gate closes: from then on nothing of the task may begin. */
    closes?: Date | undefined;
  };

export interface PublishDeps {
  store: Pick<Store, 'tasks'>;
  publisher: Publisher;
  exclusions: ExclusionWatch;
}

/**
 * The one way to a job: sends subtasks of a task to its pool; resolves with those of them that the broker has. The
 * pool's queue must exist. What is excluded is left out: it is cancelled soon. Without the rest there is no job. It
 * names the ports that its addresses lose, and the time at which the first of them may no longer begin. From then on it
 * is worth nothing: RabbitMQ drops it from the queue.
 */
export async function publishJob(
  { store, publisher, exclusions }: PublishDeps,
  task: SentTask,
  asked: readonly JobSubTask[],
  { now, avoid_node }: { now: Date; avoid_node?: string | undefined },
): Promise<readonly JobSubTask[]> {
  const { task_id, total_targets, config, traceparent, closes } = task;
  const source = await store.tasks.getJobSource(task_id, total_targets);
  const inForce = await exclusions.read(now);
  const excluded = inForce.of(source.scan.ports);
  const { set } = excluded.index;
  const subtasks = set.isEmpty ? asked : asked.filter(({ ip }) => !set.has(ip));
  if (subtasks.length === 0) return [];
  const ips = subtasks.map(({ ip }) => ip);
  const not_after = findFirst(closes, inForce.findNext(ips));
  // The gate has closed since it was asked.
  if (not_after && not_after <= now) return [];
  const job: Job = {
    ...toJob({ task_id, config, scan: source.scan, exclude_target: source.exclude_target }, [...subtasks], avoid_node),
    ...toExcludePorts(excluded, ips),
    ...(not_after && { not_after: not_after.getTime() }),
    rules_time: inForce.readTime.getTime(),
  };
  await sendJob(publisher, { pool: config.pool, job, traceparent, now });
  return subtasks;
}

const findFirst = (a: Date | undefined, b: Date | undefined): Date | undefined => (a && b ? (a < b ? a : b) : (a ?? b));
