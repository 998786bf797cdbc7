import { countClosed, countOpen, type ProgressSnapshot } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
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
import { findTasks } from '../mongodb/models/find-tasks';
import { ENDED_TASK, type EndedTask } from './task-end';
import { endsTask, type TaskWrite, type TaskWriter } from './write-tasks';

/** What a roll-up of a task would do, as of one moment. */
export interface FoundRollUp {
  /** The progress, from the counters. */
  snapshot: ProgressSnapshot;
  /** Whether transitions are due: `transitionTasks` makes them. */
  isDue: boolean;
  /** Gives the document the progress. Undefined if the document has it, or if transitions are due. */
  write?: TaskWrite;
}

export interface TaskRollUp {
  /** The progress after the transitions. */
  snapshot: ProgressSnapshot;
  /** Those that this call made, in order; usually none. */
  transitions: TaskTransition[];
}

export interface RollUpDeps {
  db: Database;
  writer: TaskWriter;
  getFleetPace: GetFleetPace;
}

/** In whose name transitions are made by default. */
const OPERATOR = 'task-state-manager';
/** After this many collisions, a call for several tasks gives up: one of them must not hold up the others. */
const MAX_TRIES = 2;

/** Reads all tasks at once, and writes nothing. A task that does not exist is left out. */
export async function findRollUps(
  { db, getFleetPace }: Pick<RollUpDeps, 'db' | 'getFleetPace'>,
  taskIds: readonly string[],
): Promise<FoundRollUp[]> {
  const read = await decideAll(await readTasksAndCounters(db, taskIds, ['status_history']), OPERATOR, getFleetPace);
  return read.map(({ task: { task_id, rev }, before: snapshot, transitions, changes, isChanged }) => {
    const isDue = transitions.length > 0;
    return { snapshot, isDue, ...(isChanged && !isDue && { write: { task: { task_id, rev }, transitions, changes } }) };
  });
}

/**
 * Rolls the counters of these tasks up into their documents, and makes all transitions that they demand. Those that end
 * do so in the transaction in which they were read, all of them or none; the others are written one by one. A task that
 * is to be rolled up alone is in `left`: another writer changed it meanwhile, or it ends with open subtasks, and every
 * batch that counts for it would make the ends of all others run again. One that does not exist is in neither.
 */
export async function transitionTasks(
  { db, writer, getFleetPace }: RollUpDeps,
  taskIds: readonly string[],
  operator = OPERATOR,
): Promise<{ rolledUp: TaskRollUp[]; left: string[] }> {
  let read: Decided<EndedTask & RolledUpTask>[] = [];
  let tries = 0;
  const ended = await writer.end(async (session) => {
    if (++tries > MAX_TRIES && taskIds.length > 1) return [];
    read = await decideAll(await readInTransaction(db, taskIds, READ, session), operator, getFleetPace);
    return read.filter((each) => endsTask(each) && (taskIds.length === 1 || isClosed(each)));
  });
  const others = await writer.write(read.filter((each) => each.isChanged && !endsTask(each)));
  const isRolledUp = (each: (typeof read)[number]) => !each.isChanged || ended.includes(each) || others.includes(each);
  return {
    rolledUp: read.filter(isRolledUp).map(({ after, transitions }) => ({ snapshot: after, transitions })),
    left: read.filter((each) => !isRolledUp(each)).map(({ task }) => task.task_id),
  };
}
const READ = [...ENDED_TASK, 'edits', 'fence'] as const;

/** No batch counts for it any more. */
const isClosed = ({ before: { progress } }: RollUp) => countClosed(progress) === progress.total_targets;

/** The same for one task, until no other writer interferes. Rejects with AppError `missing` `task_not_found`. */
export async function rollUpTask(deps: RollUpDeps, taskId: string, operator?: string): Promise<TaskRollUp> {
  for (;;) {
    const { rolledUp, left } = await transitionTasks(deps, [taskId], operator);
    if (rolledUp[0]) return rolledUp[0];
    if (left.length === 0) throw taskNotFound(taskId);
  }
}

type Decided<Read> = RollUp & { task: Read };

function decideAll<Read extends RolledUpTask>(
  read: readonly { task: Read; counters: TaskCounters }[],
  operator: string,
  getFleetPace: GetFleetPace,
): Promise<Decided<Read>[]> {
  const now = new Date();
  return Promise.all(
    read.map(async ({ task, counters }) => ({
      task,
      ...(await decideRollUp(task, counters, { operator, now, getFleetPace })),
    })),
  );
}

/**
 * Marks those of these tasks as settled that have ended and have no open subtask, with their last progress, and closes
 * their ledger. Resolves with the progress of those that it settled.
 */
export async function settleTasks(deps: RollUpDeps, taskIds: readonly string[]): Promise<ProgressSnapshot[]> {
  const { tasks, chunks } = deps.db;
  const rollUps = (await findRollUps(deps, taskIds)).filter(
    ({ snapshot: { status, progress } }) => isEndedTask(status) && countOpen(progress) === 0,
  );
  if (rollUps.length === 0) return [];
  await deps.writer.write(rollUps.flatMap(({ write }) => write ?? []));
  const snapshots = rollUps.map(({ snapshot }) => snapshot);
  const ids = snapshots.map(({ task_id }) => task_id);
  await chunks.updateMany({ task_id: { $in: ids }, settled: false }, { $set: { settled: true } });
  const { matchedCount } = await tasks.bulkWrite(
    snapshots.map(({ task_id, rev }) => ({
      updateOne: { filter: { task_id, rev }, update: { $set: { settled: true } } },
    })),
    { ordered: false },
  );
  if (matchedCount === snapshots.length) return snapshots;
  const found = await findTasks(deps.db, ids, ['task_id'], { filter: { settled: true } }).toArray();
  const settled = new Set(found.map(({ task_id }) => task_id));
  return snapshots.filter(({ task_id }) => settled.has(task_id));
}
