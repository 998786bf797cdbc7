/**
 * Deletes ended tasks with all of theirs, so that a crash between any two steps costs nothing: a request is one document that
 * lists its tasks, however many; each of them is marked with it (`clean_up`) in the background. A marked task bears that it is
 * to go, then that its deletion has begun, from when on nobody else finds it, and its own document goes last. Until
 * the deletion has begun an operator may still take the task up again. Every delete is bounded: updates pass in between.
 */
import type { ExpiredTask, SubTask, Task } from '@cyberstroll/contracts';
import { ENDED_TASK_STATUSES } from '@cyberstroll/state-machine';
import type { Database } from '../mongodb/database';
import { findFields, findOneFields, WITHOUT_ID } from '../mongodb/fields';
import { updateEach } from '../mongodb/update-each';
import { indexRange } from '../subtasks/subtask-object-id';
import { createTaskTargets, type TaskTargets } from './task-targets';

const DAY_MS = 86_400_000;
/** Documents that one delete takes. */
const BATCH = 1_000;
/** Indexes that one delete looks through: most of a cancelled task's may have no document. */
const PAGE = 1_000;

export interface CleanUp {
  /** Ended and settled tasks that nobody has asked to delete yet, the longest ended first. */
  findExpired(query: { expireDays: number; limit: number; now: Date }): Promise<ExpiredTask[]>;
  /** These are to be deleted: noted in one write. `markRequested` carries it out. */
  request(taskIds: readonly string[], operator: string, now: Date): Promise<void>;
  /**
   * Marks up to 1,000 tasks of the oldest request as to be deleted, where they are still ended and settled. How many it
   * marked; undefined where no request is left.
   */
  markRequested(): Promise<number | undefined>;
  /** Tasks that are marked as to be deleted, the first asked for first. */
  findRequested(limit: number): Promise<{ task_id: string; isDeleting: boolean }[]>;
  /** The whole task; undefined where its deletion has begun, or it is to be kept after all. */
  findDoomed(taskId: string): Promise<(Task & Partial<Pick<TaskTargets, 'target_segments'>>) | undefined>;
  /** Its subtasks that have a document, of so many indexes from `first` on. */
  findTouched(taskId: string, first: number, count: number): Promise<SubTask[]>;
  /** From here on there is no way back. False where the task is to be kept after all. */
  beginDeletion(taskId: string, now: Date): Promise<boolean>;
  /**
   * Deletes some of a task whose deletion has begun. Begins anew without `place`: what is gone already costs little. With
   * `next` undefined the task is gone.
   */
  deleteSome(taskId: string, place?: number): Promise<{ deleted: number; next: number | undefined }>;
}

export function createCleanUp(db: Database): CleanUp {
  const targets = createTaskTargets(db);
  // Behind the task's id in every filter: SecantusDB takes the index of the first field that has one, and ended tasks are many.
  const isOver = { settled: true, status: { $in: ENDED_TASK_STATUSES } };
  const isDoomed = { ...isOver, 'clean_up.requested_time': { $exists: true } };

  return {
    async findExpired({ expireDays, limit, now }) {
      const pending = (await db.cleanUpRequests.find().toArray()).flatMap(({ task_ids }) => task_ids);
      const completed_time = { $exists: true, $lt: new Date(now.getTime() - expireDays * DAY_MS) };
      const filter = {
        ...isOver,
        completed_time,
        clean_up: { $exists: false },
        ...(pending.length > 0 && { task_id: { $nin: pending } }),
      };
      const fields = ['task_id', 'status', 'completed_time', 'progress.total_targets'] as const;
      const found = findFields(db.tasks, filter, fields).sort({ completed_time: 1 }).limit(limit);
      return (await found.toArray()).map(({ task_id, status, completed_time, progress }) => ({
        task_id,
        status,
        // The filter has it.
        completed_time: completed_time!,
        total_targets: progress.total_targets,
      }));
    },
    async request(taskIds, operator, now) {
      if (taskIds.length === 0) return;
      await db.cleanUpRequests.insertOne({ task_ids: [...taskIds], operator, requested_time: now });
    },
    async markRequested() {
      const request = await db.cleanUpRequests.findOne({}, { sort: { _id: 1 } });
      if (!request) return undefined;
      const { _id, task_ids, operator, requested_time } = request;
      const each = task_ids.slice(0, BATCH).map((task_id) => ({ task_id, ...isOver, clean_up: { $exists: false } }));
      const marked = await updateEach(db.tasks, each, { $set: { clean_up: { requested_time, operator } } });
      const left = task_ids.slice(BATCH);
      if (left.length > 0) await db.cleanUpRequests.updateOne({ _id }, { $set: { task_ids: left } });
      else await db.cleanUpRequests.deleteOne({ _id });
      return marked;
    },
    async findRequested(limit) {
      const isRequested = { 'clean_up.requested_time': { $exists: true } };
      const found = findFields(db.tasks, isRequested, ['task_id', 'clean_up'])
        .sort({ 'clean_up.requested_time': 1 })
        .limit(limit);
      return (await found.toArray()).map(({ task_id, clean_up }) => ({
        task_id,
        isDeleting: clean_up?.deleting_time !== undefined,
      }));
    },
    async findDoomed(taskId) {
      const filter = { task_id: taskId, ...isDoomed, 'clean_up.deleting_time': { $exists: false } };
      const task = await db.tasks.findOne<Task>(filter, WITHOUT_ID);
      return task ? { ...task, ...(await targets.find(taskId)) } : undefined;
    },
    findTouched: (taskId, first, count) =>
      db.subTasks
        .find<SubTask>({ _id: indexRange(taskId, first, first + count - 1) }, WITHOUT_ID)
        .sort({ _id: 1 })
        .toArray(),
    async beginDeletion(taskId, now) {
      // With its revision: whoever has read the task and writes it now, reads again and does not find it.
      const { matchedCount } = await db.tasks.updateOne(
        { task_id: taskId, ...isDoomed },
        { $set: { 'clean_up.deleting_time': now }, $inc: { rev: 1 } },
      );
      return matchedCount === 1;
    },
    async deleteSome(taskId, place = 0) {
      const filter = { task_id: taskId, 'clean_up.deleting_time': { $exists: true } };
      const task = await findOneFields(db.tasks, filter, ['progress.total_targets']);
      if (!task) return { deleted: 0, next: undefined };
      if (place < task.progress.total_targets) {
        const _id = indexRange(taskId, place, place + PAGE - 1);
        const { deletedCount } = await db.subTasks.deleteMany({ _id });
        return { deleted: deletedCount, next: place + PAGE };
      }
      const chunks = await db.chunks
        .find({ task_id: taskId }, { projection: { _id: 1 } })
        .limit(BATCH)
        .toArray();
      if (chunks.length > 0) {
        const { deletedCount } = await db.chunks.deleteMany({ _id: { $in: chunks.map((c) => c._id) } });
        return { deleted: deletedCount, next: place };
      }
      const counters = await db.taskProgress.deleteMany({ task_id: taskId });
      const whole = await targets.delete(taskId);
      const last = await db.tasks.deleteOne(filter);
      return { deleted: counters.deletedCount + whole + last.deletedCount, next: undefined };
    },
  };
}

/** Contract 4.1 `CleanupExpiredTasks`, without an archive: deletes tasks that ended more than `expireDays` ago. Their number. */
export async function cleanUpExpiredTasks(cleanUp: CleanUp, expireDays: number, now: Date): Promise<number> {
  let deleted = 0;
  for (;;) {
    const expired = await cleanUp.findExpired({ expireDays, limit: BATCH, now });
    await cleanUp.request(
      expired.map(({ task_id }) => task_id),
      'task-state-manager',
      now,
    );
    while ((await cleanUp.markRequested()) !== undefined);
    const left = (await cleanUp.findRequested(BATCH)).filter(({ isDeleting }) => isDeleting);
    if (left.length + expired.length === 0) return deleted;
    for (const { task_id: taskId, ...task } of [...left, ...expired]) {
      if (!('isDeleting' in task) && !(await cleanUp.beginDeletion(taskId, now))) continue;
      let place: number | undefined = 0;
      while (place !== undefined) place = (await cleanUp.deleteSome(taskId, place)).next;
      deleted += 1;
    }
  }
}
