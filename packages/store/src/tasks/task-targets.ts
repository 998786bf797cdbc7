/**
 * What tasks scan, whole: their target texts and the segments that these come to. They may be megabytes, so they are not in the
 * task's document, which every list, sweep and write would have to read. Written in one transaction with the task.
 */
import { SHOWN_TARGET_LENGTH, type Task } from '@cyberstroll/contracts';
import type { TargetSegment } from '@cyberstroll/targets';
import type { ClientSession } from 'mongoose';
import type { Models } from '../mongodb/create-models';

export type TargetTexts = Pick<Task, 'task_target' | 'exclude_target'>;

export interface TaskTargets extends TargetTexts {
  task_id: string;
  target_segments: TargetSegment[];
}

export function createTaskTargets(models: Models) {
  const targets = models.taskTargets.collection;
  const byId = (taskId: string) => ({ _id: taskId as never });

  return {
    async insert(document: TaskTargets, session: ClientSession): Promise<void> {
      await targets.insertOne({ ...byId(document.task_id), ...document }, { session });
    },
    /** Undefined where there is no such task. */
    async find(taskId: string, session?: ClientSession): Promise<TaskTargets | undefined> {
      const found = await targets.findOne(byId(taskId), { projection: { _id: 0 }, ...(session && { session }) });
      return (found as unknown as TaskTargets | null) ?? undefined;
    },
    async setSegments(taskId: string, segments: readonly TargetSegment[], session: ClientSession): Promise<void> {
      await targets.updateOne(byId(taskId), { $set: { target_segments: segments } }, { session });
    },
    /** How many documents that were. */
    async delete(taskId: string): Promise<number> {
      return (await targets.deleteOne(byId(taskId))).deletedCount;
    },
    /** The task with its whole target texts. */
    async fillIn(task: Task): Promise<Task> {
      const projection = { _id: 0, task_target: 1, exclude_target: 1 };
      const texts = await targets.findOne(byId(task.task_id), { projection });
      return { ...task, ...(texts as unknown as TargetTexts | null) };
    },
  };
}

/** As a task's document shows it. */
export const cutTargets = ({ task_target, exclude_target }: TargetTexts): TargetTexts => ({
  task_target: cut(task_target),
  ...(exclude_target !== undefined && { exclude_target: cut(exclude_target) }),
});

const cut = (text: string): string =>
  text.length > SHOWN_TARGET_LENGTH ? `${text.slice(0, SHOWN_TARGET_LENGTH - 1)}…` : text;
