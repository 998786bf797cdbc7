import { createTargetIndex, type TargetIndex, type TargetSegment } from '@cyberstroll/targets';
import type { Models } from './models/create-models';
import { taskNotFound } from './read-counters';

const MAX_CACHED = 200;

/**
 * The index functions of the tasks used last. A task's targets only ever grow at the end, so a cached function is right
 * for every index that it has; it is read again where more are asked for.
 */
export function createTargetIndexCache(models: Models) {
  const cache = new Map<string, TargetIndex>();
  const loading = new Map<string, Promise<TargetIndex>>();

  async function load(taskId: string): Promise<TargetIndex> {
    const task = await models.tasks.collection.findOne({ task_id: taskId }, { projection: { target_segments: 1 } });
    if (!task) throw taskNotFound(taskId);
    const index = createTargetIndex(task['target_segments'] as TargetSegment[]);
    cache.delete(taskId);
    cache.set(taskId, index);
    if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!);
    return index;
  }

  /** The task's index function, with `count` members at least where the task has them. */
  return async function getTargetIndex(taskId: string, count = 0): Promise<TargetIndex> {
    const cached = cache.get(taskId);
    if (cached && cached.count >= count) return cached;
    const running = loading.get(taskId) ?? load(taskId).finally(() => loading.delete(taskId));
    loading.set(taskId, running);
    return running;
  };
}
