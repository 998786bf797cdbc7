import { Types } from 'mongoose';
import type { Models } from './models/create-models';

/** Documents of a task that does not exist. */
export interface Orphans {
  kind: 'orphan_subtasks' | 'orphan_progress';
  task_id: string;
  /** 10,000 where there are as many or more. */
  count: number;
  /** A few of their ids. */
  sample: string[];
}

export interface OrphanSearch {
  /** One step of a walk over everything, from `after`, or from the beginning. `next` is undefined at its end. */
  findOrphans(after?: string): Promise<{ orphans: Orphans[]; next: string | undefined }>;
  /** Deletes up to `limit` subtasks of a task that does not exist, with the last of them all else of it. What was deleted. */
  deleteOrphans(taskId: string, limit: number): Promise<number>;
}

const SAMPLE = 3;
/** More are counted as this many. */
const MAX_COUNTED = 10_000;
const PROGRESS_PAGE = 1_000;

/**
 * Looks for documents whose task does not exist. The subtasks are walked from task to task along `_id`, which begins with a
 * hash of the task: never over an open end, since not every server stops reading at a limit.
 */
export function createOrphanSearch(models: Models): OrphanSearch {
  const subTasks = models.subTasks.collection;
  const progress = models.taskProgress.collection;

  async function findMissing(taskIds: readonly string[]): Promise<string[]> {
    const unique = [...new Set(taskIds)];
    const found = await models.tasks.collection
      .find({ task_id: { $in: unique } }, { projection: { _id: 0, task_id: 1 } })
      .toArray();
    const known = new Set(found.map((task) => task['task_id'] as string));
    return unique.filter((taskId) => !known.has(taskId));
  }

  /** The first subtask of the next task after `place`, in the same slice of hashes; else where the next slice begins. */
  async function step(place: string): Promise<{ taskId?: string; next: string | undefined }> {
    const slice = Number.parseInt(place.slice(0, 2), 16);
    const end = slice === 0xff ? undefined : toPlace(slice + 1);
    const found = (await subTasks.findOne(
      { _id: { $gte: new Types.ObjectId(place), ...(end ? { $lt: new Types.ObjectId(end) } : {}) } },
      { sort: { _id: 1 }, projection: { task_id: 1 } },
    )) as unknown as { _id: Types.ObjectId; task_id: string } | null;
    return found ? { taskId: found.task_id, next: toNextTask(found._id) ?? end } : { next: end };
  }

  async function look(taskId: string): Promise<Orphans | undefined> {
    const filter = { task_id: taskId };
    const sample = await subTasks
      .find(filter, { projection: { _id: 0, subtask_id: 1 } })
      .limit(SAMPLE)
      .toArray();
    if (sample.length === 0) return undefined;
    const count = await subTasks.countDocuments(filter, { limit: MAX_COUNTED });
    return {
      kind: 'orphan_subtasks',
      task_id: taskId,
      count,
      sample: sample.map((each) => each['subtask_id'] as string),
    };
  }

  async function findOrphanSubTasks(place: string) {
    const { taskId, next } = await step(place);
    const missing = taskId === undefined ? [] : await findMissing([taskId]);
    // Looked for once the task is known to be gone: a clean-up deletes the task last.
    const orphans = await Promise.all(missing.map(look));
    return { orphans: orphans.filter((each) => each !== undefined), next };
  }

  async function findOrphanProgress(after: string) {
    const shards = await progress
      .find({ _id: { $gt: after as never } }, { projection: { task_id: 1 } })
      .sort({ _id: 1 })
      .limit(PROGRESS_PAGE)
      .toArray();
    const missing = await findMissing(shards.map((shard) => shard['task_id'] as string));
    const counts = await Promise.all(missing.map((task_id) => progress.countDocuments({ task_id })));
    const orphans = missing
      .map((task_id, i): Orphans => ({ kind: 'orphan_progress', task_id, count: counts[i]!, sample: [] }))
      .filter(({ count }) => count > 0);
    return { orphans, next: shards.length < PROGRESS_PAGE ? undefined : String(shards.at(-1)!._id) };
  }

  return {
    async findOrphans(after = 'progress:') {
      if (after.startsWith('progress:')) {
        const { orphans, next } = await findOrphanProgress(after.slice('progress:'.length));
        return { orphans, next: next === undefined ? toPlace(0) : `progress:${next}` };
      }
      return findOrphanSubTasks(after);
    },
    async deleteOrphans(taskId, limit) {
      if ((await findMissing([taskId])).length === 0) return 0;
      const found = await subTasks
        .find({ task_id: taskId }, { projection: { _id: 1 } })
        .limit(limit)
        .toArray();
      if (found.length > 0) await subTasks.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } });
      if (found.length === limit) return found.length;
      await models.chunks.collection.deleteMany({ task_id: taskId });
      const { deletedCount } = await progress.deleteMany({ task_id: taskId });
      return found.length + deletedCount;
    },
  };
}

const toPlace = (slice: number) => `${slice.toString(16).padStart(2, '0')}${'0'.repeat(22)}`;

/** The first place after the subtasks of the task that a document of such an `_id` belongs to. */
function toNextTask(id: Types.ObjectId): string | undefined {
  const prefix = BigInt(`0x${id.toHexString().slice(0, 16)}`) + 1n;
  return prefix >> 64n ? undefined : `${prefix.toString(16).padStart(16, '0')}${'0'.repeat(8)}`;
}
