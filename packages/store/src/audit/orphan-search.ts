import { type mongo, Types } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import { findTasks } from '../mongodb/models/find-tasks';
import { createFindings } from '../subtasks/findings';

/** Documents of a task that does not exist. */
export interface Orphans {
  kind: 'orphan_subtasks' | 'orphan_progress' | 'orphan_chunks';
  task_id: string;
  /** 10,000 if there are as many or more. */
  count: number;
  /** A few of their ids. */
  sample: string[];
}

const SAMPLE = 3;
/** Counting stops at this number. */
const MAX_COUNTED = 10_000;
const PAGE = 1_000;
/** The most slices of hashes that one step reads. */
const MAX_SLICES = 64;

/**
 * Looks for documents whose task does not exist, in every collection that the store keeps per task, one after the
 * other, in the order of `_id`.
 *
 * The `_id` of counters and chunks begins with the task's id. They are read in pages, and each page ends with all
 * documents of its last task. The `_id` of subtasks begins with a hash of the task's id. There are many of them, and
 * not every server stops reading at a limit. So they are walked from task to task, one slice of hashes at a time, and
 * never without an upper bound. Where slices are empty, each step reads twice as many as the one before.
 */
export function createOrphanSearch(db: Database) {
  /** Typed with the fields that the collections have in common. */
  const collectionOf = (kind: Orphans['kind']) =>
    ({ orphan_subtasks: db.subTasks, orphan_progress: db.taskProgress, orphan_chunks: db.chunks })[
      kind
    ] as unknown as mongo.Collection<OwnedDocument>;

  async function findMissing(taskIds: readonly string[]): Promise<string[]> {
    const unique = [...new Set(taskIds)];
    const found = await findTasks(db, unique, ['task_id']).toArray();
    const known = new Set(found.map(({ task_id }) => task_id));
    return unique.filter((taskId) => !known.has(taskId));
  }

  /**
   * The first subtask of the next task after a place, in the same slices of hashes. If there is no such task: the start
   * of the next slices.
   */
  async function step(after: string): Promise<{ taskId?: string; next: string | undefined }> {
    const [place = '', slices = '1'] = after.split('+');
    const last = Number.parseInt(place.slice(0, 2), 16) + Number(slices);
    const end = last > 0xff ? undefined : toPlace(last);
    const found = await db.subTasks.findOne(
      { _id: { $gte: new Types.ObjectId(place), ...(end ? { $lt: new Types.ObjectId(end) } : {}) } },
      { sort: { _id: 1 }, projection: { task_id: 1 } },
    );
    if (found) return { taskId: found.task_id, next: toNextTask(found._id) ?? end };
    return { next: end && `${end}+${Math.min(2 * Number(slices), MAX_SLICES)}` };
  }

  async function findOrphanSubTasks(after: string) {
    const { taskId, next } = await step(after);
    const missing = taskId === undefined ? [] : await findMissing([taskId]);
    return { orphans: await Promise.all(missing.map((each) => look('orphan_subtasks', each))), next };
  }

  async function findPagedOrphans(kind: Paged, after: string) {
    const page = await collectionOf(kind)
      .find({ _id: { $gt: after } }, { projection: { task_id: 1 } })
      .sort({ _id: 1 })
      .limit(PAGE)
      .toArray();
    const missing = await findMissing(page.map((each) => each.task_id));
    const orphans = await Promise.all(missing.map((each) => look(kind, each)));
    if (page.length < PAGE) return { orphans, next: toPagedPlace(PAGED[PAGED.indexOf(kind) + 1]) };
    const { _id, task_id } = page.at(-1)!;
    const ofItsTask = `${task_id}${AFTER_TASK}`;
    return { orphans, next: toPagedPlace(kind, ofItsTask > String(_id) ? ofItsTask : String(_id)) };
  }

  /** Called once the task is known to be gone: a clean-up deletes the task last. */
  async function look(kind: Orphans['kind'], task_id: string): Promise<Orphans> {
    const count = await collectionOf(kind).countDocuments({ task_id }, { limit: MAX_COUNTED });
    const projection = { _id: 1, subtask_id: 1 };
    const sample = await collectionOf(kind).find({ task_id }, { projection }).limit(SAMPLE).toArray();
    return { kind, task_id, count, sample: sample.map((each) => String(each.subtask_id ?? each._id)) };
  }

  return {
    /** One step of a walk over all documents, from `after`, or from the beginning. `next` is undefined at the end. */
    async findOrphans(
      after: string = toPagedPlace(PAGED[0]),
    ): Promise<{ orphans: Orphans[]; next: string | undefined }> {
      const kind = PAGED.find((each) => after.startsWith(`${each}:`));
      const { orphans, next } = kind
        ? await findPagedOrphans(kind, after.slice(kind.length + 1))
        : await findOrphanSubTasks(after);
      return { orphans: orphans.filter(({ count }) => count > 0), next };
    },
    /**
     * Deletes up to `limit` of them, if their task still does not exist. Subtasks go after their findings, which would
     * not be found without them. Resolves with the number deleted.
     */
    async deleteOrphans({ kind, task_id }: Pick<Orphans, 'kind' | 'task_id'>, limit: number): Promise<number> {
      if ((await findMissing([task_id])).length === 0) return 0;
      const findings = kind === 'orphan_subtasks' ? await createFindings(db).deleteSome(task_id, limit) : 0;
      if (findings === limit) return findings;
      const found = await collectionOf(kind)
        .find({ task_id }, { projection: { _id: 1 } })
        .limit(limit)
        .toArray();
      if (found.length > 0) await collectionOf(kind).deleteMany({ _id: { $in: found.map(({ _id }) => _id) } });
      return findings + found.length;
    },
  };
}

/** The `_id` of a subtask is an ObjectId. Here it is only passed on. */
interface OwnedDocument {
  _id: string;
  task_id: string;
  subtask_id?: string;
}

type Paged = Exclude<Orphans['kind'], 'orphan_subtasks'>;
/** Searched in this order. The subtasks are last. */
const PAGED: readonly Paged[] = ['orphan_progress', 'orphan_chunks'];
const toPagedPlace = (kind: Paged | undefined, after = '') => (kind ? `${kind}:${after}` : toPlace(0));
/** Sorts after everything that follows the task's id in an `_id`. */
const AFTER_TASK = '~';

const toPlace = (slice: number) => `${slice.toString(16).padStart(2, '0')}${'0'.repeat(22)}`;

/** The first place after the subtasks of the task that this `_id` belongs to. */
function toNextTask(id: Types.ObjectId): string | undefined {
  const prefix = BigInt(`0x${id.toHexString().slice(0, 16)}`) + 1n;
  return prefix >> 64n ? undefined : `${prefix.toString(16).padStart(16, '0')}${'0'.repeat(8)}`;
}
