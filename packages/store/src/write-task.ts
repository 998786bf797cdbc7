import type { Task } from '@cyberstroll/contracts';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';
import type { ClientSession } from 'mongoose';
import type { Models } from './models/create-models';
import { WITHOUT_TARGETS } from './read-counters';
import type { WriterSessions } from './writer-sessions';

export interface GuardedWrite {
  task_id: string;
  /** What the task must still be, its revision above all. */
  guard: Record<string, unknown>;
  write: { $set?: Record<string, unknown> } & Record<string, unknown>;
}

/** Resolves with the task after the write; undefined where the guard did not hold. */
export type WriteTask = (guarded: GuardedWrite) => Promise<Task | undefined>;

/**
 * Guarded writes of a task. An end is written together with the counters of every updater: a batch that read the task
 * before its end, and counts in one of them, collides with it and is decided anew. So nothing is assigned any more once
 * a task's end has committed.
 */
export function createTaskWriter(models: Models, sessions: WriterSessions): WriteTask {
  async function put({ task_id, guard, write }: GuardedWrite, session?: ClientSession): Promise<Task | undefined> {
    const after = await models.tasks.collection.findOneAndUpdate({ ...guard, task_id }, write as never, {
      returnDocument: 'after',
      projection: WITHOUT_TARGETS,
      ...(session && { session }),
    });
    return (after as unknown as Task | null) ?? undefined;
  }

  return (guarded) => {
    const status = guarded.write.$set?.['status'] as TaskStatus | undefined;
    if (status === undefined || !isEndedTask(status)) return put(guarded);
    return sessions.transact(async (session) => {
      const { task_id } = guarded;
      await models.taskProgress.collection.updateMany({ task_id }, { $inc: { fence: 1 } }, { session });
      return put(guarded, session);
    });
  };
}
