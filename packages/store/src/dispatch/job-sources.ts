import type { Task } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';
import { createTargetIndex, type TargetIndex } from '@cyberstroll/targets';
import { taskNotFound } from '../counters/read-counters';
import type { Database } from '../mongodb/database';
import { findOneFields } from '../mongodb/fields';
import { createTaskTargets } from '../tasks/task-targets';

/** What a task's jobs are made of. It never changes, except that targets are added at the end. */
export interface JobSource extends Pick<Task, 'scan' | 'exclude_target'> {
  targets: TargetIndex;
}

/** The weight of all cached sources, in target intervals. It is about 50 MB. */
const MAX_WEIGHT = 300_000;
/** The weight of a source with few intervals. */
const LEAST_WEIGHT = 20;
const CHARACTERS_PER_WEIGHT = 100;

export type GetJobSource = (taskId: string, count?: number) => Promise<JobSource>;

/**
 * Caches the job sources of the tasks that were used last. Targets are only ever added at the end of a task, so a
 * cached source is right for every index that it has. It is read again if it has fewer targets than the caller needs.
 */
export function createJobSources(db: Database, maxWeight = MAX_WEIGHT): GetJobSource {
  const targets = createTaskTargets(db);
  /** The source used last is at the end. */
  const cache = new BoundedMap<string, JobSource>(maxWeight, weigh);
  const loading = new Map<string, Promise<JobSource>>();

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
    cache.set(taskId, source);
    return source;
  }

  /** `count`: the number of targets that the caller needs. */
  return async function getJobSource(taskId, count = 0) {
    const cached = cache.get(taskId);
    if (cached && cached.targets.count >= count) {
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
