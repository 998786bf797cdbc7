import { countFailed, type ProgressSnapshot, type Task } from '@cyberstroll/contracts';
import {
  decideTaskTransitions,
  estimateRemaining,
  type GetFleetPace,
  type TaskCounters,
  type TaskTransition,
  toSnapshot,
  toTaskTimes,
} from '@cyberstroll/task-state';
import { getTaskAndCounters, readTasksAndCounters } from '../counters/read-counters';
import { shareReads } from '../counters/share-reads';
import type { Database } from '../mongodb/database';
import type { WriteTask } from './write-task';

export interface TaskRollUp {
  snapshot: ProgressSnapshot;
  /** Whether the task's document has this progress. */
  isWritten: boolean;
  /** The transitions that this call made, in order; usually none. */
  steps: TaskTransition[];
}

export interface RollUpOptions {
  /** In whose name the transitions are made. */
  operator?: string | undefined;
  /** False: only a transition is written. Default: true. */
  write?: boolean;
}

/**
 * The progress of those of these tasks that a roll-up would leave as they are: they show what their counters say, and
 * no transition is due. All are read at once.
 */
export async function findRolledUp(
  { db, getFleetPace }: Pick<RollUpDeps, 'db' | 'getFleetPace'>,
  taskIds: readonly string[],
): Promise<ProgressSnapshot[]> {
  const read = await readTasksAndCounters(db, taskIds);
  const now = new Date();
  const snapshots = await Promise.all(
    read.map(async ({ task, counters }) => {
      const snapshot = await toSnapshot(task, counters, now, getFleetPace);
      const isWritten = snapshot.seq <= task.progress_seq;
      return isWritten && decideSteps(task, counters, now).length === 0 ? snapshot : undefined;
    }),
  );
  return snapshots.filter((snapshot) => snapshot !== undefined);
}

/**
 * What a roll-up that writes only a transition would find, for tasks without a due one; undefined for the others. Calls
 * at the same time share reads.
 */
export function createLook({ db, getFleetPace }: Pick<RollUpDeps, 'db' | 'getFleetPace'>) {
  const read = shareReads(db);
  return async (taskId: string): Promise<TaskRollUp | undefined> => {
    const found = await read(taskId);
    if (!found) return undefined;
    const { task, counters } = found;
    const now = new Date();
    if (decideSteps(task, counters, now).length > 0) return undefined;
    const snapshot = await toSnapshot(task, counters, now, getFleetPace);
    return { snapshot, isWritten: snapshot.seq <= task.progress_seq, steps: [] };
  };
}

type Decided = Pick<Task, 'progress'> & Parameters<typeof decideTaskTransitions>[0]['task'];

const decideSteps = (task: Decided, { touched, seq }: TaskCounters, now: Date): TaskTransition[] =>
  decideTaskTransitions({ task, total: task.progress.total_targets, touched, seq, now });

export interface RollUpDeps {
  db: Database;
  writeTask: WriteTask;
  getFleetPace: GetFleetPace;
}

/**
 * Rolls a task's counters up into its document, and makes the transitions that they demand. The write is guarded by
 * the revision and only moves forward, so any number of callers may do this at once. Only one of them writes a task's
 * end.
 */
export async function rollUpTask(
  deps: RollUpDeps,
  taskId: string,
  { operator = 'task-state-manager', write = true }: RollUpOptions = {},
): Promise<TaskRollUp> {
  const { db, writeTask, getFleetPace } = deps;
  for (;;) {
    const { task, counters } = await getTaskAndCounters(db, taskId);
    const now = new Date();
    const steps = decideSteps(task, counters, now);
    const after = steps.length > 0 ? { ...task, status: steps.at(-1)!.status, rev: task.rev + 1 } : task;
    const snapshot = await toSnapshot(after, counters, now, getFleetPace);
    const isKnown = snapshot.seq <= task.progress_seq;
    if (steps.length === 0 && (isKnown || !write)) return { snapshot, isWritten: isKnown, steps };

    const written = await writeTask({
      task,
      guard: { progress_seq: { $lt: snapshot.seq } },
      transitions: { steps, operator, scans: counters.scans },
      write: { $set: rolledUp(after, snapshot, counters, { now, hasSteps: steps.length > 0 }) },
    });
    if (written) {
      return { snapshot: await toSnapshot(written, counters, new Date(), getFleetPace), isWritten: true, steps };
    }
    if (steps.length === 0) return { snapshot, isWritten: false, steps };
  }
}

/**
 * Transitions set the times themselves. Without one, a scan may have been reported that began earlier than the known
 * ones.
 */
function rolledUp(
  task: Task,
  snapshot: TaskRollUp['snapshot'],
  counters: TaskCounters,
  { now, hasSteps }: { now: Date; hasSteps: boolean },
): Record<string, unknown> {
  const remaining = estimateRemaining(task, counters, now);
  return {
    ...(!hasSteps && toTaskTimes(task, counters.scans)),
    progress: snapshot.progress,
    progress_seq: snapshot.seq,
    'error_info.error_count': countFailed(snapshot.progress),
    'error_info.failed_attempts': counters.stats.errors,
    ...(counters.last_error !== undefined && { 'error_info.last_error': counters.last_error }),
    ...(remaining !== undefined &&
      remaining > 0 && { estimated_completion: new Date(now.getTime() + remaining * 1_000) }),
  };
}
