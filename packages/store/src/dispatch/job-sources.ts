import type { Task } from '@cyberstroll/contracts';
import { createTargetIndex, type TargetIndex } from '@cyberstroll/targets';
import { taskNotFound } from '../counters/read-counters';
import type { Database } from '../mongodb/database';
import { findOneFields } from '../mongodb/fields';
import { createTaskTargets } from '../tasks/task-targets';

/** What a task's jobs are made of; it never changes, but for targets that are added at the end. */
export interface JobSource extends Pick<Task, 'scan' | 'exclude_target'> {
  targets: TargetIndex;
}

/** All that is cached together: of intervals, and what comes to as much memory. 50 MB or so. */
const MAX_WEIGHT = 300_000;
/** Of a task with few intervals. */
const LEAST_WEIGHT = 20;
const CHARACTERS_PER_WEIGHT = 100;

export type GetJobSource = (taskId: string, count?: number) => Promise<JobSource>;

/**
 * What the jobs of the tasks used last are made of. A task's targets only ever grow at the end, so a cached function is
 * right for every index that it has; it is read again where more are asked for.
 */
export function createJobSources(db: Database, maxWeight = MAX_WEIGHT): GetJobSource {
  const targets = createTaskTargets(db);
  /** The one used last at the end. */
  const cache = new Map<string, JobSource>();
  const loading = new Map<string, Promise<JobSource>>();
  let weight = 0;

  function keep(taskId: string, source: JobSource) {
    forget(taskId);
    cache.set(taskId, source);
    weight += weigh(source);
    while (weight > maxWeight && cache.size > 1) forget(cache.keys().next().value!);
  }

  function forget(taskId: string) {
    const known = cache.get(taskId);
    if (known && cache.delete(taskId)) weight -= weigh(known);
  }

  async function load(taskId: string): Promise<JobSource> {
    const [task, found] = await Promise.all([
      findOneFields(db.tasks, { task_id: taskId }, ['scan']),
      targets.find(taskId),
    ]);
    if (!task || !found) throw taskNotFound(taskId);
    const { exclude_target, target_segments } = found;
    const source: JobSource = {
      scan: task.scan,
      ...(exclude_target !== undefined && { exclude_target }),
      targets: createTargetIndex(target_segments),
    };
    keep(taskId, source);
    return source;
  }

  /** With `count` targets at least where the task has them. */
  return async function getJobSource(taskId, count = 0) {
    const cached = cache.get(taskId);
    if (cached && cached.targets.count >= count) {
      cache.delete(taskId);
      cache.set(taskId, cached);
      return cached;
    }
    const running = loading.get(taskId) ?? load(taskId).finally(() => loading.delete(taskId));
    loading.set(taskId, running);
    return running;
  };
}

function weigh({ targets, scan, exclude_target = '' }: JobSource): number {
  return LEAST_WEIGHT + targets.intervals + (exclude_target.length + scan.ports.length) / CHARACTERS_PER_WEIGHT;
}
