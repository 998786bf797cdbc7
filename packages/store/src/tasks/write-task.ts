import type { Task } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import { applyTaskTransitions, type ScanTimes, type TaskTransition } from '@cyberstroll/task-state';
import type { ClientSession } from 'mongoose';
import type { Database } from '../mongodb/database';
import { WITHOUT_ID } from '../mongodb/fields';
import type { WriterSessions } from '../mongodb/writer-sessions';

/** What a task is taken through, in order. */
export interface Transitions {
  steps: readonly TaskTransition[];
  /** The key or the service that does it: it stands in the history. */
  operator: string;
  /** What was reported of the task's scans, where they lead to the steps. */
  scans?: ScanTimes;
}

export interface GuardedWrite {
  /** As it was read: it must still be of that revision. */
  task: Task;
  /** What else must hold. */
  guard?: Record<string, unknown>;
  transitions?: Transitions | undefined;
  /** What is written besides. */
  write?: { $set?: Record<string, unknown> } & Record<string, unknown>;
}

/** Resolves with the task after the write; undefined where the guard did not hold. */
export type WriteTask = (guarded: GuardedWrite) => Promise<Task | undefined>;

/**
 * Guarded writes of a task. An end is written together with the counters of every updater: a batch that read the task
 * before its end, and counts in one of them, collides with it and is decided anew. So nothing is assigned any more once
 * a task's end has committed. An end that collides itself, or is held up by what a dead writer left open, bears the time of
 * the try that commits.
 */
export function createTaskWriter(db: Database, sessions: WriterSessions): WriteTask {
  async function put(guarded: GuardedWrite, session?: ClientSession): Promise<Task | undefined> {
    const { task_id, rev } = guarded.task;
    const filter = { ...guarded.guard, task_id, rev };
    const after = await db.tasks.findOneAndUpdate(filter, toWrite(guarded, new Date()), {
      returnDocument: 'after',
      ...WITHOUT_ID,
      ...(session && { session }),
    });
    return after ?? undefined;
  }

  return (guarded) => {
    const goal = guarded.transitions?.steps.at(-1)?.status;
    if (goal === undefined || !isEndedTask(goal)) return put(guarded);
    return sessions.transact(async (session) => {
      const { task_id } = guarded.task;
      await db.taskProgress.updateMany({ task_id }, { $inc: { fence: 1 } }, { session });
      return put(guarded, session);
    });
  };
}

function toWrite({ task, transitions, write }: GuardedWrite, now: Date): Record<string, unknown> {
  if (!transitions || transitions.steps.length === 0) return { ...write };
  const { steps, operator, scans } = transitions;
  const { set, unset } = applyTaskTransitions(task, steps, operator, now, scans);
  return {
    ...write,
    $set: { ...set, ...write?.$set },
    ...(unset.length > 0 && { $unset: Object.fromEntries(unset.map((field) => [field, ''])) }),
    $inc: { rev: 1 },
  };
}
