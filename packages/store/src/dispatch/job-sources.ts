import { setImmediate } from 'node:timers/promises';
import type { Task } from '@cyberstroll/contracts';
import { AppError, BoundedMap, createSharedRead, within } from '@cyberstroll/runtime';
import { createTargetIndex, type TargetIndex } from '@cyberstroll/targets';
import { taskNotFound } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { findFields } from '../mongodb/models/fields';

/** What a task's jobs are made of. It never changes, except that targets are added at the end. */
export interface JobSource extends Pick<Task, 'scan' | 'exclude_target'> {
  targets: TargetIndex;
}

/** The weight of all cached sources, in target intervals. It is about 50 MB. */
const MAX_WEIGHT = 300_000;
/** The weight of a source with few intervals. */
const LEAST_WEIGHT = 20;
const CHARACTERS_PER_WEIGHT = 100;
/** Tasks of one read: the targets of each may be megabytes. */
const READ_AT_ONCE = 50;
/** A read that hangs is given up: the next one has another connection. */
const READ_WITHIN_MS = 10_000;

export type GetJobSource = (taskId: string, count?: number) => Promise<JobSource>;

/**
 * Caches the job sources of the tasks that were used last. Targets are only ever added at the end of a task, so a
 * cached source is right for every index that it has. It is read again if it has fewer targets than the caller needs.
 * Those that are asked for at the same time are read together.
 */
export function createJobSources(db: Database, maxWeight = MAX_WEIGHT): GetJobSource {
  /** The source used last is at the end. */
  const cache = new BoundedMap<string, JobSource>(maxWeight, weigh);
  const loading = new Map<string, Promise<JobSource>>();
  /** Large targets take long: sources that were read together are built one after another, with room in between. */
  let lastTurn = Promise.resolve();
  const readShared = createSharedRead(
    (taskIds) => within(readParts(db, taskIds), READ_WITHIN_MS, () => new AppError('mongodb_unavailable')),
    READ_AT_ONCE,
  );

  async function load(taskId: string): Promise<JobSource> {
    const found = await readShared(taskId);
    if (!found) throw taskNotFound(taskId);
    lastTurn = lastTurn.then(() => setImmediate());
    await lastTurn;
    const { scan, target_segments } = found;
    const exclude_target = joinTexts(found.exclude_target, found.excluded_target);
    const source: JobSource = {
      scan,
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

/** By task: its scan, and its targets. */
async function readParts(db: Database, taskIds: readonly string[]) {
  const [tasks, targets] = await Promise.all([
    findFields(db.tasks, { task_id: { $in: taskIds } }, ['task_id', 'scan'])
      // See `findTasks`.
      .sort({ task_id: 1 })
      .toArray(),
    findFields(db.taskTargets, { _id: { $in: taskIds } }, [
      'task_id',
      'exclude_target',
      'excluded_target',
      'target_segments',
    ]).toArray(),
  ]);
  const scans = new Map(tasks.map(({ task_id, scan }) => [task_id, scan]));
  return new Map(
    targets.flatMap(({ task_id, ...source }) => {
      const scan = scans.get(task_id);
      return scan ? [[task_id, { ...source, scan }] as const] : [];
    }),
  );
}

/** What the client left out, and what exclusions took out. */
function joinTexts(...texts: (string | undefined)[]): string | undefined {
  const given = texts.filter((text) => text !== undefined);
  return given.length > 0 ? given.join(', ') : undefined;
}

function weigh({ targets, scan, exclude_target = '' }: JobSource): number {
  const characters = exclude_target.length + JSON.stringify(scan).length;
  return LEAST_WEIGHT + targets.intervals + characters / CHARACTERS_PER_WEIGHT;
}
