import type { Task } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { isEndedTask } from '@cyberstroll/state-machine';
import {
  applyTaskTransitions,
  sumShards,
  type TaskCounters,
  type TaskFieldChanges,
  type TaskTransition,
  toProgress,
} from '@cyberstroll/task-state';
import type { ClientSession } from 'mongoose';
import type { WriterSessions } from '../mongodb/connection/writer-sessions';
import type { Database } from '../mongodb/models/database';
import { WITHOUT_ID } from '../mongodb/models/fields';
import { toTaskEnd } from './task-end';

/** The transitions of a task, in order. */
export interface Transitions {
  steps: readonly TaskTransition[];
  /** The key or the service that makes them. It stands in the history. */
  operator: string;
  /** The counters that demand them. An end is not written if they have moved since: a subtask may have been retried. */
  counters?: Pick<TaskCounters, 'seq' | 'scans'>;
}

export interface GuardedWrite {
  /** The task as it was read. Nobody may have changed it since. */
  task: Task;
  /** More conditions for the write. */
  guard?: Record<string, unknown>;
  transitions?: Transitions | undefined;
  /** More fields to write. */
  write?: { $set?: Record<string, unknown> } & Record<string, unknown>;
}

type Versioned = Pick<Task, 'rev'> & { edits?: number | undefined };

/** The version of a task, as its `ETag` has it: rises by one with each change of what clients may change. */
export const toVersion = ({ rev, edits = 0 }: Versioned): number => rev + edits;

/** Throws `version_changed` unless the task has this version, if one is given. */
export function requireVersion(task: Versioned, version: number | undefined): void {
  if (version !== undefined && toVersion(task) !== version) {
    throw new AppError('version_changed', { detail: `it has "${toVersion(task)}" now` });
  }
}

/** The filter of a task that is as it was read, and whose counters are those that could be read then. */
export const isUnchanged = ({ rev, edits, fence }: Versioned & { fence?: number | undefined }) => ({
  ...{ rev, edits: edits ?? ABSENT, fence: fence ?? ABSENT },
});
const ABSENT = { $exists: false } as const;

/** Resolves with the task after the write. Undefined if the guard did not hold. */
export type WriteTask = (guarded: GuardedWrite) => Promise<Task | undefined>;

/**
 * Guarded writes of a task. The end of a task is written together with the counters of every updater. A batch that
 * read the task before its end and counts in one of these counters then collides with it, and is decided again. So no
 * subtask is assigned any more once the end of its task has committed. If the transaction of the end itself collides,
 * or is blocked by a dead writer's open transaction, it runs again, and the end has the time of the try that commits.
 */
export function createTaskWriter(db: Database, sessions: WriterSessions): WriteTask {
  async function put(guarded: GuardedWrite, session?: ClientSession): Promise<Task | undefined> {
    const filter = { ...guarded.guard, task_id: guarded.task.task_id, ...isUnchanged(guarded.task) };
    const after = await db.tasks.findOneAndUpdate(filter, toWrite(guarded, new Date()), {
      returnDocument: 'after',
      ...WITHOUT_ID,
      ...(session && { session }),
    });
    return after ?? undefined;
  }

  return (guarded) => {
    const { task, transitions } = guarded;
    const goal = transitions?.steps.at(-1)?.status;
    if (goal === undefined || !isEndedTask(goal)) return put(guarded);
    return sessions.transact(async (session) => {
      const { task_id } = task;
      await db.taskProgress.updateMany({ task_id }, { $inc: { fence: 1 } }, { session });
      const after = await put(guarded, session);
      if (!after) return undefined;
      const { seq, touched, stats } = sumShards(await db.taskProgress.find({ task_id }, { session }).toArray());
      if (transitions?.counters && transitions.counters.seq !== seq) {
        await session.abortTransaction();
        return undefined;
      }
      // Written with the end, so that no crash separates them: webhooks get every end.
      const progress = toProgress(after.progress.total_targets, touched, true, stats.retries);
      await db.taskEnds.insertOne(toTaskEnd({ ...after, progress }), { session });
      return after;
    });
  };
}

function toWrite({ task, transitions, write }: GuardedWrite, now: Date): Record<string, unknown> {
  if (!transitions || transitions.steps.length === 0) return { ...write };
  const { steps, operator, counters } = transitions;
  return toTransitionWrite(applyTaskTransitions(task, steps, operator, now, counters?.scans), write);
}

/** The write of a task's transitions, and of more. */
export function toTransitionWrite(
  { set, unset }: TaskFieldChanges,
  write: GuardedWrite['write'] = {},
): Record<string, unknown> {
  return {
    ...write,
    $set: { ...set, ...write.$set },
    ...(unset.length > 0 && { $unset: Object.fromEntries(unset.map((field) => [field, ''])) }),
    $inc: { rev: 1 },
  };
}
