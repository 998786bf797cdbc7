/**
 * Deletes ended tasks with all of theirs, so that a crash between any two steps costs nothing: a request is one document that
 * lists its tasks, however many; each of them is marked with it (`clean_up`) in the background. A marked task bears that it is
 * to go, then that its deletion has begun, from when on nobody else finds it, and its own document goes last. Until
 * the deletion has begun an operator may still take the task up again. Every delete is bounded: updates pass in between.
 */
import type { ExpiredTask, SubTask, Task } from '@cyberstroll/contracts';
import { ENDED_TASK_STATUSES } from '@cyberstroll/state-machine';
import type { Collection } from 'mongoose';
import type { Models } from '../mongodb/create-models';
import type { CleanUpRequestDocument } from '../mongodb/documents';
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

export function createCleanUp(models: Models): CleanUp {
  const targets = createTaskTargets(models);
  const tasks = models.tasks.collection;
  const requests = models.cleanUpRequests.collection as unknown as Collection<CleanUpRequestDocument>;
  // Behind the task's id in every filter: SecantusDB takes the index of the first field that has one, and ended tasks are many.
  const isOver = { settled: true, status: { $in: ENDED_TASK_STATUSES } };
  const isDoomed = { ...isOver, 'clean_up.requested_time': { $exists: true } };

  return {
    async findExpired({ expireDays, limit, now }) {
      const pending = (await requests.find().toArray()).flatMap(({ task_ids }) => task_ids);
      const completed_time = { $exists: true, $lt: new Date(now.getTime() - expireDays * DAY_MS) };
      const found = (await tasks
        .find(
          {
            ...isOver,
            completed_time,
            clean_up: { $exists: false },
            ...(pending.length > 0 && { task_id: { $nin: pending } }),
          },
          { projection: { _id: 0, task_id: 1, status: 1, completed_time: 1, 'progress.total_targets': 1 } },
        )
        .sort({ completed_time: 1 })
        .limit(limit)
        .toArray()) as unknown as Required<Task>[];
      return found.map(({ progress, ...task }) => ({ ...task, total_targets: progress.total_targets }));
    },
    async request(taskIds, operator, now) {
      if (taskIds.length === 0) return;
      await requests.insertOne({ task_ids: [...taskIds], operator, requested_time: now });
    },
    async markRequested() {
      const request = await requests.findOne({}, { sort: { _id: 1 } });
      if (!request) return undefined;
      const { _id, task_ids, operator, requested_time } = request;
      const each = task_ids.slice(0, BATCH).map((task_id) => ({ task_id, ...isOver, clean_up: { $exists: false } }));
      const marked = await updateEach(tasks, each, { $set: { clean_up: { requested_time, operator } } });
      const left = task_ids.slice(BATCH);
      if (left.length > 0) await requests.updateOne({ _id }, { $set: { task_ids: left } });
      else await requests.deleteOne({ _id });
      return marked;
    },
    async findRequested(limit) {
      const found = (await tasks
        .find({ 'clean_up.requested_time': { $exists: true } }, { projection: { task_id: 1, clean_up: 1 } })
        .sort({ 'clean_up.requested_time': 1 })
        .limit(limit)
        .toArray()) as unknown as Pick<Task, 'task_id' | 'clean_up'>[];
      return found.map(({ task_id, clean_up }) => ({ task_id, isDeleting: clean_up?.deleting_time !== undefined }));
    },
    async findDoomed(taskId) {
      const filter = { task_id: taskId, ...isDoomed, 'clean_up.deleting_time': { $exists: false } };
      const task = await tasks.findOne(filter, { projection: { _id: 0 } });
      return task ? { ...(task as unknown as Task), ...(await targets.find(taskId)) } : undefined;
    },
    async findTouched(taskId, first, count) {
      const found = models.subTasks.collection
        .find({ _id: indexRange(taskId, first, first + count - 1) }, { projection: { _id: 0 } })
        .sort({ _id: 1 });
      return (await found.toArray()) as unknown as SubTask[];
    },
    async beginDeletion(taskId, now) {
      // With its revision: whoever has read the task and writes it now, reads again and does not find it.
      const { matchedCount } = await tasks.updateOne(
        { task_id: taskId, ...isDoomed },
        { $set: { 'clean_up.deleting_time': now }, $inc: { rev: 1 } },
      );
      return matchedCount === 1;
    },
    async deleteSome(taskId, place = 0) {
      const filter = { task_id: taskId, 'clean_up.deleting_time': { $exists: true } };
      const task = await tasks.findOne(filter, { projection: { 'progress.total_targets': 1 } });
      if (!task) return { deleted: 0, next: undefined };
      if (place < (task as unknown as Task).progress.total_targets) {
        const _id = indexRange(taskId, place, place + PAGE - 1);
        const { deletedCount } = await models.subTasks.collection.deleteMany({ _id });
        return { deleted: deletedCount, next: place + PAGE };
      }
      const chunks = await models.chunks.collection
        .find({ task_id: taskId }, { projection: { _id: 1 } })
        .limit(BATCH)
        .toArray();
      if (chunks.length > 0) {
        const { deletedCount } = await models.chunks.collection.deleteMany({ _id: { $in: chunks.map((c) => c._id) } });
        return { deleted: deletedCount, next: place };
      }
      const counters = await models.taskProgress.collection.deleteMany({ task_id: taskId });
      const whole = await targets.delete(taskId);
      const last = await tasks.deleteOne(filter);
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
