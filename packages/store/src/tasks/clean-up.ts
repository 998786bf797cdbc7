/**
 * Deletes ended tasks and everything that belongs to them. A crash between any two steps loses nothing.
 *
 * A request is one document that lists its tasks, for any number of tasks. Each of these tasks is then marked with it
 * (`clean_up`) in the background. The mark says first that the task is to be deleted, and later that its deletion has
 * begun. From then on nothing but the clean-up finds the task, and its own document is deleted last. Until the
 * deletion has begun, an operator may still retry the task. Every delete is bounded, so that updates run in between.
 *
 * The id of a deleted task is kept for a day: a node that stalled, or a queue that waited, may still report what it
 * did for the task, and is not to blame.
 */
import { DAY_MS, type ExpiredTask, type SubTask, type Task } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { ENDED_TASK_STATUSES, isEndedTask } from '@cyberstroll/state-machine';
import { taskNotFound } from '../counters/read-counters';
import { type Database, getDatabaseTime } from '../mongodb/models/database';
import { findFields, findOneFields, WITHOUT_ID } from '../mongodb/models/fields';
import { indexRange } from '../mongodb/models/subtask-object-id';
import { updateEach } from '../mongodb/queries/bulk-writes';
import { EVER, indexFirst } from '../mongodb/queries/index-first';
import { createFindings } from '../subtasks/findings';
import { createTaskTargets, type TaskTargets } from './task-targets';
import { isUnchanged, requireVersion } from './write-tasks';

/** Reports of a task that was deleted longer ago become dead letters. */
const REMEMBER_MS = DAY_MS;
/** Documents per delete. */
const BATCH = 1_000;
/** Indexes that one delete covers. Most subtasks of a cancelled task may have no document. */
const PAGE = 1_000;
/** Tasks of more targets are deleted beside the others, which do not wait for them. */
const LARGE = 65_536;
const MARKED = ['task_id', 'status', 'rev', 'edits', 'unseen', 'fence', 'clean_up'] as const;

export type CleanUp = ReturnType<typeof createCleanUp>;

export function createCleanUp(db: Database) {
  const targets = createTaskTargets(db);
  // Put it after the task's id in every filter: SecantusDB uses the index of the first field that has one, and there
  // are many ended tasks.
  const isOver = { settled: true, status: { $in: ENDED_TASK_STATUSES } };
  const isDoomed = { ...isOver, 'clean_up.requested_time': { $exists: true } };

  async function withoutFollowed<Requested extends { task_id: string }>(tasks: Requested[]): Promise<Requested[]> {
    if (tasks.length === 0) return tasks;
    const task_id = { $in: tasks.map((task) => task.task_id) };
    const waiting = await db.completions.find({ 'tasks.task_id': task_id }).toArray();
    const followed = new Set(waiting.flatMap((batch) => batch.tasks.map((task) => task.task_id)));
    return tasks.filter((task) => !followed.has(task.task_id));
  }

  return {
    /** Ended and settled tasks that nobody has asked to delete yet, the longest ended first. */
    async findExpired({
      expireDays,
      limit,
      now,
    }: {
      expireDays: number;
      limit: number;
      now: Date;
    }): Promise<ExpiredTask[]> {
      const pending = (await db.cleanUpRequests.find().toArray()).flatMap(({ task_ids }) => task_ids);
      const completed_time = { $lt: new Date(now.getTime() - expireDays * DAY_MS) };
      const filter = indexFirst(
        { completed_time },
        { ...isOver, clean_up: { $exists: false }, ...(pending.length > 0 && { task_id: { $nin: pending } }) },
      );
      const fields = ['task_id', 'status', 'completed_time', 'progress.total_targets'] as const;
      const found = findFields(db.tasks, filter, fields).sort({ completed_time: 1 }).limit(limit);
      return (await found.toArray()).map(({ task_id, status, completed_time, progress }) => ({
        task_id,
        status,
        // Present, since the filter demands it.
        completed_time: completed_time!,
        total_targets: progress.total_targets,
      }));
    },
    /** Requests the deletion of these tasks, in one write. `markRequested` carries it out. */
    async request(taskIds: readonly string[], operator: string, now: Date): Promise<void> {
      if (taskIds.length === 0) return;
      await db.cleanUpRequests.insertOne({ task_ids: [...taskIds], operator, requested_time: now });
    },
    /**
     * Marks one ended task for deletion; it need not be settled yet. Does nothing if it is marked already. Rejects with
     * AppError `missing` `task_not_found`, `conflict` `task_not_ended`, or `version_changed` if it has another version.
     */
    async requestOne(
      taskId: string,
      operator: string,
      now: Date,
      version?: number,
    ): Promise<Pick<Task, 'task_id' | 'status'>> {
      for (;;) {
        const task = await findOneFields(db.tasks, { task_id: taskId }, MARKED);
        if (!task) throw taskNotFound(taskId);
        const { task_id, status, clean_up } = task;
        if (clean_up) return { task_id, status };
        requireVersion(task, version);
        if (!isEndedTask(status)) throw new AppError('task_not_ended', { detail: `it is ${status}` });
        const filter = { task_id, ...isUnchanged(task), clean_up: { $exists: false } };
        const mark = { $set: { clean_up: { requested_time: now, operator } } };
        if ((await db.tasks.updateOne(filter, mark)).matchedCount === 1) return { task_id, status };
      }
    },
    /**
     * Marks up to 1,000 tasks of the oldest request for deletion, if they are still ended and settled. Resolves with
     * the number marked. Undefined if no request is left.
     */
    async markRequested(): Promise<number | undefined> {
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
    /**
     * Tasks that are marked for deletion, the first requested first: large ones, or the others. One with scans that the
     * inventory has yet to add waits.
     */
    async findRequested(limit: number, isLarge = false): Promise<{ task_id: string; isDeleting: boolean }[]> {
      const isRequested = {
        'clean_up.requested_time': { $gt: EVER },
        'progress.total_targets': isLarge ? { $gt: LARGE } : { $lte: LARGE },
      };
      const found = findFields(db.tasks, isRequested, ['task_id', 'clean_up'])
        .sort({ 'clean_up.requested_time': 1 })
        .limit(limit);
      const requested = (await found.toArray()).map(({ task_id, clean_up }) => ({
        task_id,
        isDeleting: clean_up?.deleting_time !== undefined,
      }));
      return withoutFollowed(requested);
    },
    /** The whole task. Undefined if its deletion has begun, or if it is no longer to be deleted. */
    async findDoomed(taskId: string): Promise<(Task & Partial<Pick<TaskTargets, 'target_segments'>>) | undefined> {
      const filter = { task_id: taskId, ...isDoomed, 'clean_up.deleting_time': { $exists: false } };
      const task = await db.tasks.findOne<Task>(filter, WITHOUT_ID);
      return task ? { ...task, ...(await targets.find(taskId)) } : undefined;
    },
    /** The subtasks that have a document, among `count` indexes from `first` on. */
    findTouched: (taskId: string, first: number, count: number): Promise<SubTask[]> =>
      db.subTasks
        .find<SubTask>({ _id: indexRange(taskId, first, first + count - 1) }, WITHOUT_ID)
        .sort({ _id: 1 })
        .toArray(),
    /** Begins the deletion, which cannot be undone. False if the task is no longer to be deleted. */
    async beginDeletion(taskId: string, now: Date): Promise<boolean> {
      // Changes the revision too. A writer that has read the task before must read it again, and does not find it.
      const { matchedCount } = await db.tasks.updateOne(
        { task_id: taskId, ...isDoomed },
        { $set: { 'clean_up.deleting_time': now }, $inc: { rev: 1 } },
      );
      return matchedCount === 1;
    },
    /**
     * Deletes a part of a task whose deletion has begun. Without `place` it starts at the beginning: parts that are
     * already deleted cost little. If `next` is undefined, the task is gone.
     */
    async deleteSome(taskId: string, place: number = 0): Promise<{ deleted: number; next: number | undefined }> {
      const filter = { task_id: taskId, 'clean_up.deleting_time': { $exists: true } };
      const task = await findOneFields(db.tasks, filter, ['progress.total_targets']);
      if (!task) return { deleted: 0, next: undefined };
      if (place < task.progress.total_targets) {
        const _id = indexRange(taskId, place, place + PAGE - 1);
        const { deletedCount } = await db.subTasks.deleteMany({ _id });
        return { deleted: deletedCount, next: place + PAGE };
      }
      const findings = await createFindings(db).deleteSome(taskId, BATCH);
      if (findings > 0) return { deleted: findings, next: place };
      const chunks = await db.chunks
        .find({ task_id: taskId }, { projection: { _id: 1 } })
        .limit(BATCH)
        .toArray();
      if (chunks.length > 0) {
        const { deletedCount } = await db.chunks.deleteMany({
          _id: { $in: chunks.map((c) => c._id) },
          task_id: taskId,
        });
        return { deleted: deletedCount, next: place };
      }
      const counters = await db.taskProgress.deleteMany({ task_id: taskId });
      const whole = await targets.delete(taskId);
      const expires = new Date((await getDatabaseTime(db)).getTime() + REMEMBER_MS);
      await db.deletedTasks.replaceOne({ _id: taskId }, { expires }, { upsert: true });
      const last = await db.tasks.deleteOne(filter);
      return { deleted: counters.deletedCount + whole + last.deletedCount, next: undefined };
    },
  };
}

/**
 * Contract 4.1 `CleanupExpiredTasks`, without an archive: deletes tasks that ended more than `expireDays` ago.
 * Resolves with their number.
 */
export async function cleanUpExpiredTasks(cleanUp: CleanUp, expireDays: number, now: Date): Promise<number> {
  if (!Number.isFinite(expireDays) || expireDays < 0) {
    const detail = `expireDays must be a number of days, 0 or more; it is ${expireDays}`;
    throw new AppError('bad_option', { detail, field: 'expireDays' });
  }
  let deleted = 0;
  for (;;) {
    const expired = await cleanUp.findExpired({ expireDays, limit: BATCH, now });
    await cleanUp.request(
      expired.map(({ task_id }) => task_id),
      'task-state-manager',
      now,
    );
    while ((await cleanUp.markRequested()) !== undefined);
    const requested = [...(await cleanUp.findRequested(BATCH)), ...(await cleanUp.findRequested(BATCH, true))];
    const left = requested.filter(({ isDeleting }) => isDeleting);
    if (left.length + expired.length === 0) return deleted;
    for (const { task_id: taskId, ...task } of [...left, ...expired]) {
      if (!('isDeleting' in task) && !(await cleanUp.beginDeletion(taskId, now))) continue;
      let place: number | undefined = 0;
      while (place !== undefined) place = (await cleanUp.deleteSome(taskId, place)).next;
      deleted += 1;
    }
  }
}
