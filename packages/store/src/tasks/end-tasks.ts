import { isEndedTask } from '@cyberstroll/state-machine';
import { applyTaskTransitions, type GetFleetPace, toSnapshot } from '@cyberstroll/task-state';
import { readInTransaction } from '../counters/read-counters';
import type { WriterSessions } from '../mongodb/connection/writer-sessions';
import type { Database } from '../mongodb/models/database';
import { decideSteps, type TaskRollUp, toFields } from './roll-up';
import { ENDED_TASK, toTaskEnd } from './task-end';
import { isUnchanged, toTransitionWrite } from './write-task';

export interface EndTasksDeps {
  db: Database;
  sessions: WriterSessions;
  getFleetPace: GetFleetPace;
}

const READ = [...ENDED_TASK, 'edits', 'fence'] as const;
/** After this many collisions with other writers, each task is left to a roll-up of its own. */
const MAX_TRIES = 2;

/**
 * Takes those of these tasks to their end whose counters demand it, in one transaction: either all of them end or
 * none. An end is written as `createTaskWriter` writes it: with all counters of the task, and with its `task_ends`.
 * Resolves with the tasks that ended. With none if other writers interfere: one task must not hold up the others.
 */
export async function endTasks(
  { db, sessions, getFleetPace }: EndTasksDeps,
  taskIds: readonly string[],
  operator: string,
): Promise<TaskRollUp[]> {
  let tries = 0;
  return sessions.transact(async (session) => {
    const read = ++tries > MAX_TRIES ? [] : await readInTransaction(db, taskIds, READ, session);
    const now = new Date();
    const due = read
      .map(({ task, counters }) => ({ task, counters, steps: decideSteps(task, counters, now) }))
      .filter(({ steps }) => steps.some(({ status }) => isEndedTask(status)));
    if (due.length === 0) {
      await session.abortTransaction();
      return [];
    }
    const ends = await Promise.all(
      due.map(async ({ task, counters, steps }) => {
        const changes = applyTaskTransitions(task, steps, operator, now, counters.scans);
        const after = { ...task, ...changes.set, rev: task.rev + 1 };
        const snapshot = await toSnapshot(after, counters, now, getFleetPace);
        const write = toTransitionWrite(changes, { $set: toFields(after, snapshot, counters, now) });
        return { task, after: { ...after, progress: snapshot.progress }, rollUp: { snapshot, steps }, write };
      }),
    );
    const ended = { task_id: { $in: ends.map(({ task }) => task.task_id) } };
    await db.taskProgress.updateMany(ended, { $inc: { fence: 1 } }, { session });
    const writes = ends.map(({ task, write }) => ({
      updateOne: { filter: { task_id: task.task_id, ...isUnchanged(task) }, update: write },
    }));
    const { matchedCount } = await db.tasks.bulkWrite(writes, { session, ordered: false });
    // On a server whose transactions see what others commit meanwhile. No `task_ends` without its task.
    if (matchedCount < writes.length) {
      await session.abortTransaction();
      return [];
    }
    await db.taskEnds.insertMany(
      ends.map(({ after }) => toTaskEnd(after)),
      { session },
    );
    return ends.map(({ rollUp }) => rollUp);
  });
}
