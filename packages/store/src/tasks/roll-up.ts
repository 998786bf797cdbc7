import type { ProgressSnapshot } from '@cyberstroll/contracts';
import {
  decideRollUp,
  type GetFleetPace,
  type RolledUpTask,
  type RollUp,
  type TaskCounters,
  type TaskTransition,
} from '@cyberstroll/task-state';
import { readInTransaction, readTasksAndCounters, taskNotFound } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { ENDED_TASK, type EndedTask } from './task-end';
import { endsTask, type TaskWrite, type TaskWriter } from './write-tasks';

/** What a roll-up of a task would do, as of one moment. */
export interface FoundRollUp extends Pick<RollUp, 'transitions' | 'after'> {
  /** The progress, from the counters. */
  snapshot: ProgressSnapshot;
  /**
   * Makes the transitions, and gives the document the progress. Undefined if the task ends, which `transitionTasks`
   * does in a transaction, or if there is nothing to write.
   */
  write?: TaskWrite;
}

export interface TaskRollUp {
  /** The progress after the transitions. */
  snapshot: ProgressSnapshot;
  /** The transitions that this call made, in order; usually none. */
  transitions: TaskTransition[];
}

export interface RollUpDeps {
  db: Database;
  writer: TaskWriter;
  getFleetPace: GetFleetPace;
}

/** In whose name transitions are made by default. */
const DEFAULT_OPERATOR = 'task-state-manager';
/** After this many collisions with other writers, each of several tasks is left to a call of its own. */
const MAX_TRIES = 2;

/** What is due of tasks: all are read at once, and nothing is written. A task that does not exist is left out. */
export async function findRollUps(
  { db, getFleetPace }: Pick<RollUpDeps, 'db' | 'getFleetPace'>,
  taskIds: readonly string[],
  operator = DEFAULT_OPERATOR,
): Promise<FoundRollUp[]> {
  const read = await readTasksAndCounters(db, taskIds, ['status_history']);
  return (await decide(read, operator, getFleetPace)).map(({ task, before, after, transitions, isDue, changes }) => ({
    snapshot: before,
    after,
    transitions,
    ...(isDue && !endsTask({ transitions }) && { write: { task: pick(task), transitions, changes } }),
  }));
}

/** No more of a task than a write needs: thousands of writes may wait. */
const pick = ({ task_id, rev }: TaskWrite['task']) => ({ task_id, rev });

/**
 * Rolls the counters of these tasks up into their documents, and makes all transitions that they demand. Those that end
 * do so in the transaction in which they were read: all of them or none. Of the others, each is written or not. Tasks
 * that other writers changed meanwhile are in `collided`. A task that does not exist is left out.
 */
export async function transitionTasks(
  { db, writer, getFleetPace }: RollUpDeps,
  taskIds: readonly string[],
  operator = DEFAULT_OPERATOR,
): Promise<{ rolledUp: TaskRollUp[]; collided: string[] }> {
  let tries = 0;
  const isOver = () => taskIds.length > 1 && tries > MAX_TRIES;
  let read: Decided<EndedTask & RolledUpTask>[] = [];
  const ended = await writer.end(async (session) => {
    tries++;
    read = isOver() ? [] : await decide(await readInTransaction(db, taskIds, READ, session), operator, getFleetPace);
    return read.filter(endsTask);
  });
  const others = await writer.write(read.filter((each) => each.isDue && !endsTask(each)));
  const written = new Set([...ended, ...others]);
  const [done, left] = [true, false].map((is) => read.filter((each) => (!each.isDue || written.has(each)) === is));
  return {
    rolledUp: done!.map(({ after, transitions }) => ({ snapshot: after, transitions })),
    collided: isOver() ? [...taskIds] : left!.map(({ task }) => task.task_id),
  };
}

const READ = [...ENDED_TASK, 'edits', 'fence'] as const;

type Decided<Read> = RollUp & { task: Read };

function decide<Read extends RolledUpTask>(
  read: readonly { task: Read; counters: TaskCounters }[],
  operator: string,
  getFleetPace: GetFleetPace,
): Promise<Decided<Read>[]> {
  const circumstances = { operator, now: new Date(), getFleetPace };
  const decided = read.map(async ({ task, counters }) => ({
    task,
    ...(await decideRollUp(task, counters, circumstances)),
  }));
  return Promise.all(decided);
}

/** The same for one task, until no other writer interferes. Rejects with AppError `missing` `task_not_found`. */
export async function rollUpTask(deps: RollUpDeps, taskId: string, operator?: string): Promise<TaskRollUp> {
  for (;;) {
    const { rolledUp, collided } = await transitionTasks(deps, [taskId], operator);
    if (rolledUp[0]) return rolledUp[0];
    if (collided.length === 0) throw taskNotFound(taskId);
  }
}
