/**
 * The whole targets of tasks: the target texts and the segments made from them. They may be megabytes, so they are not
 * in the task's document, which every list, sweep and write would have to read. They are written in one transaction
 * with the task.
 */
import { SHOWN_TARGET_LENGTH, type Task } from '@cyberstroll/contracts';
import type { TargetSegment } from '@cyberstroll/targets';
import type { ClientSession } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import { findOneFields, WITHOUT_ID } from '../mongodb/models/fields';

export type TargetTexts = Pick<Task, 'task_target' | 'exclude_target'>;

export interface TaskTargets extends TargetTexts {
  task_id: string;
  excluded_target?: string | undefined;
  target_segments: TargetSegment[];
}

export function createTaskTargets(db: Database) {
  const byId = (taskId: string) => ({ _id: taskId });

  return {
    async insert(documents: readonly TaskTargets[], session: ClientSession): Promise<void> {
      const inserted = documents.map((document) => ({ ...byId(document.task_id), ...document }));
      await db.taskTargets.insertMany(inserted, { session });
    },
    /** Undefined if the task does not exist. */
    async find(taskId: string, session?: ClientSession): Promise<TaskTargets | undefined> {
      const options = { ...WITHOUT_ID, ...(session && { session }) };
      return (await db.taskTargets.findOne<TaskTargets>(byId(taskId), options)) ?? undefined;
    },
    /** `excluded`: all that exclusions have taken out of the targets. */
    async setSegments(
      taskId: string,
      { segments, excluded }: { segments: readonly TargetSegment[]; excluded: string | undefined },
      session: ClientSession,
    ): Promise<void> {
      const excluded_target = excluded === undefined ? {} : { excluded_target: excluded };
      const write = { $set: { target_segments: [...segments], ...excluded_target } };
      await db.taskTargets.updateOne(byId(taskId), write, { session });
    },
    /** Resolves with the number of documents deleted. */
    async delete(taskId: string): Promise<number> {
      return (await db.taskTargets.deleteOne(byId(taskId))).deletedCount;
    },
    /** The task with its whole target texts. */
    async fillIn(task: Task): Promise<Task> {
      const texts = await findOneFields(db.taskTargets, byId(task.task_id), ['task_target', 'exclude_target']);
      return { ...task, ...texts };
    },
  };
}

/** The texts as a task's document shows them. */
export const cutTargets = ({ task_target, exclude_target }: TargetTexts): TargetTexts => ({
  task_target: cutText(task_target),
  ...(exclude_target !== undefined && { exclude_target: cutText(exclude_target) }),
});

export const cutText = (text: string): string =>
  text.length > SHOWN_TARGET_LENGTH ? `${text.slice(0, SHOWN_TARGET_LENGTH - 1)}…` : text;
