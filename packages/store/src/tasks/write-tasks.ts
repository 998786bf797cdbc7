import { isDeepStrictEqual } from 'node:util';
import type { Task } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { isEndedTask } from '@cyberstroll/state-machine';
import { type TaskFieldChanges, type TaskTransition, toProgress, toTaskAfter } from '@cyberstroll/task-state';
import type { ClientSession } from 'mongoose';
import { readCounters } from '../counters/read-counters';
import type { WriterSessions } from '../mongodb/connection/writer-sessions';
import type { Database } from '../mongodb/models/database';
import { findTasks } from '../mongodb/models/find-tasks';
import { type EndedTask, toTaskEnd } from './task-end';

type Versioned = Pick<Task, 'rev'> & { edits?: number | undefined; unseen?: number | undefined };
type ReadTask = Pick<Task, 'task_id'> & Versioned & { fence?: number | undefined };

/** The version of a task, as its `ETag` has it: rises with each change that clients see, except progress. */
export const toVersion = ({ rev, edits = 0, unseen = 0 }: Versioned): number => rev + edits - unseen;

/** Throws `version_changed` unless the task has this version, if one is given. */
export function requireVersion(task: Versioned, version: number | undefined): void {
  if (version !== undefined && toVersion(task) !== version) {
    throw new AppError('version_changed', { detail: `it has "${toVersion(task)}" now` });
  }
}

/** The filter of a task that is as it was read, and whose counters are those that could be read then. */
export const isUnchanged = ({ rev, edits, fence }: Omit<ReadTask, 'task_id'>) => ({
  rev,
  edits: edits ?? ABSENT,
  fence: fence ?? ABSENT,
});
const ABSENT = { $exists: false } as const;

/** A write of a task that has the revision that was read. Nothing is written to one that has another. */
export interface TaskWrite<Read extends ReadTask = ReadTask> {
  /** The task as it was read. */
  task: Read;
  /** In order. Without one, the state and the revision stay. */
  transitions: readonly TaskTransition[];
  changes: TaskFieldChanges;
  /** What else must be as it was read. */
  guard?: ReturnType<typeof isUnchanged>;
}

export type TaskWriter = ReturnType<typeof createTaskWriter>;

export const endsTask = ({ transitions }: Pick<TaskWrite, 'transitions'>): boolean =>
  transitions.length > 0 && isEndedTask(transitions.at(-1)!.status);

/**
 * The only writer of the state of tasks. The end of a task is written together with the counters of every updater. A
 * batch that read the task before its end and counts in one of these counters then collides with it, and is decided
 * again. So no subtask is assigned any more once the end of its task has committed. If the transaction of the end
 * itself collides, or is blocked by a dead writer's open transaction, it runs again, and the end has the time of the
 * try that commits. Its `task_ends` are written with it, so that no crash separates them: webhooks get every end.
 */
export function createTaskWriter(db: Database, sessions: WriterSessions) {
  async function put(writes: readonly TaskWrite[], session?: ClientSession): Promise<boolean> {
    const operations = writes.map((write) => ({ updateOne: { filter: toFilter(write), update: toUpdate(write) } }));
    const { matchedCount } = await db.tasks.bulkWrite(operations, { ordered: false, ...(session && { session }) });
    return matchedCount === writes.length;
  }

  /** The progress of an end is that of its moment. A roll-up has read it in the same transaction. */
  async function withProgress(task: EndedTask, { changes }: TaskWrite, session: ClientSession): Promise<EndedTask> {
    if (changes.set.progress) return task;
    const { touched, stats } = await readCounters(db, task.task_id, session);
    return { ...task, progress: toProgress(task.progress.total_targets, touched, true, stats.retries) };
  }

  return {
    /** Writes tasks that do not end, by one command. Resolves with those that are written. */
    async write<Write extends TaskWrite>(writes: readonly Write[]): Promise<Write[]> {
      if (writes.length === 0) return [];
      if (await put(writes)) return [...writes];
      if (writes.length === 1) return [];
      const fields = ['task_id', 'progress_seq', 'status_history'] as const;
      const found = await findTasks(db, toIds(writes), fields).toArray();
      const byId = new Map(found.map((task) => [task.task_id, task]));
      return writes.filter((write) => shows(byId.get(write.task.task_id), write));
    },
    /**
     * Ends tasks in one transaction: all of them, or none if one has changed since it was read. `toEnds` is called
     * again at each try. Resolves with those that end.
     */
    end: <Write extends TaskWrite<EndedTask & ReadTask>>(
      toEnds: (session: ClientSession) => Promise<Write[]>,
    ): Promise<Write[]> =>
      sessions.transact(async (session) => {
        const ends = await toEnds(session);
        const named = { task_id: { $in: toIds(ends) } };
        if (ends.length > 0) await db.taskProgress.updateMany(named, { $inc: { fence: 1 } }, { session });
        // Not all match on a server whose transactions see what others commit meanwhile.
        if (ends.length === 0 || !(await put(ends, session))) {
          await session.abortTransaction();
          return [];
        }
        const ended: EndedTask[] = [];
        for (const write of ends) ended.push(await withProgress(toAfter(write), write, session));
        await db.taskEnds.insertMany(ended.map(toTaskEnd), { session });
        return ends;
      }),
  };
}

export const toAfter = <Read extends ReadTask>({ task, transitions, changes }: TaskWrite<Read>): Read =>
  toTaskAfter(task, transitions, changes);

const toIds = (writes: readonly TaskWrite[]) => writes.map(({ task }) => task.task_id);

function toFilter({ task, transitions, changes, guard }: TaskWrite) {
  const { progress_seq } = changes.set;
  return {
    task_id: task.task_id,
    rev: task.rev,
    ...(endsTask({ transitions }) ? isUnchanged(task) : guard),
    // Progress only moves forward.
    ...(progress_seq !== undefined && { progress_seq: { $lt: progress_seq } }),
  };
}

const toUpdate = ({ transitions, changes: { set, unset } }: TaskWrite) => ({
  $set: set,
  ...(unset.length > 0 && { $unset: Object.fromEntries(unset.map((field) => [field, '' as const])) }),
  ...(transitions.length > 0 && { $inc: { rev: 1 } }),
});

/** Whether a task is as it was written. Another writer may have made the same transition: it has another entry. */
function shows(
  task: Pick<Task, 'progress_seq' | 'status_history'> | undefined,
  { transitions, changes: { set } }: TaskWrite,
): boolean {
  if (!task) return false;
  if (transitions.length === 0) return set.progress_seq === undefined || task.progress_seq >= set.progress_seq;
  const own = set.status_history!.at(-1);
  return task.status_history.some((entry) => isDeepStrictEqual(entry, own));
}
