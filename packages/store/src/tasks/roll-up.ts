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
import { getTaskAndCounters, readTasksAndCounters, type StandingTask } from '../counters/read-counters';
import type { Database } from '../mongodb/database';
import type { WriteTask } from './write-task';

/** What a roll-up of a task would do, as of one moment. */
export interface RollUp {
  /** The progress, from the counters. */
  snapshot: ProgressSnapshot;
  /** Whether a transition is due. `rollUpTask` makes it, and writes the progress with it. */
  isDue: boolean;
  /** Gives the document the progress. Undefined if the document has it, or if a transition is due. */
  write?: ProgressWrite;
}

/** The progress of a task as its document gets it, if the document still has this revision and older progress. */
export interface ProgressWrite {
  task_id: string;
  rev: number;
  fields: ProgressFields;
}

type ProgressFields = Pick<Task, 'progress' | 'progress_seq'> & Record<string, unknown>;

export interface TaskRollUp {
  snapshot: ProgressSnapshot;
  /** The transitions that this call made, in order; usually none. */
  steps: TaskTransition[];
}

export interface RollUpDeps {
  db: Database;
  writeTask: WriteTask;
  getFleetPace: GetFleetPace;
}

/** Looks at tasks: all are read at once, and nothing is written. A task that does not exist is left out. */
export async function findRollUps(
  { db, getFleetPace }: Pick<RollUpDeps, 'db' | 'getFleetPace'>,
  taskIds: readonly string[],
): Promise<RollUp[]> {
  const read = await readTasksAndCounters(db, taskIds, ['status_history']);
  const now = new Date();
  return Promise.all(
    read.map(async ({ task, counters }) => {
      const snapshot = await toSnapshot(task, counters, now, getFleetPace);
      const isDue = decideSteps(task, counters, now).length > 0;
      if (isDue || snapshot.seq <= task.progress_seq) return { snapshot, isDue };
      const fields = { ...toTaskTimes(task, counters.scans), ...toFields(task, snapshot, counters, now) };
      return { snapshot, isDue, write: { task_id: task.task_id, rev: task.rev, fields } };
    }),
  );
}

/**
 * Writes the progress of many tasks by one command. False if one of them was not as it had been read: then it may need
 * another look.
 */
export async function writeProgress({ tasks }: Database, writes: readonly ProgressWrite[]): Promise<boolean> {
  if (writes.length === 0) return true;
  const { matchedCount } = await tasks.bulkWrite(
    writes.map(({ task_id, rev, fields }) => ({
      updateOne: { filter: { task_id, rev, ...isOlderThan(fields) }, update: { $set: fields } },
    })),
    { ordered: false },
  );
  return matchedCount === writes.length;
}

/**
 * Rolls a task's counters up into its document, and makes the transitions that they demand. The write is guarded by
 * the revision and only moves forward, so any number of callers may do this at once. Only one of them writes a task's
 * end.
 */
export async function rollUpTask(
  { db, writeTask, getFleetPace }: RollUpDeps,
  taskId: string,
  operator = 'task-state-manager',
): Promise<TaskRollUp> {
  for (;;) {
    const { task, counters } = await getTaskAndCounters(db, taskId);
    const now = new Date();
    const steps = decideSteps(task, counters, now);
    const after = steps.length > 0 ? { ...task, status: steps.at(-1)!.status, rev: task.rev + 1 } : task;
    const snapshot = await toSnapshot(after, counters, now, getFleetPace);
    if (steps.length === 0 && snapshot.seq <= task.progress_seq) return { snapshot, steps };

    const fields = toFields(after, snapshot, counters, now);
    const written = await writeTask({
      task,
      guard: isOlderThan(fields),
      transitions: { steps, operator, scans: counters.scans },
      // Transitions set the times themselves.
      write: { $set: steps.length > 0 ? fields : { ...toTaskTimes(task, counters.scans), ...fields } },
    });
    if (written) return { snapshot: await toSnapshot(written, counters, new Date(), getFleetPace), steps };
    if (steps.length === 0) return { snapshot, steps };
  }
}

const decideSteps = (task: StandingTask, { touched, seq }: TaskCounters, now: Date): TaskTransition[] =>
  decideTaskTransitions({ task, total: task.progress.total_targets, touched, seq, now });

/** Progress only moves forward. */
const isOlderThan = ({ progress_seq }: ProgressFields) => ({ progress_seq: { $lt: progress_seq } });

/**
 * What the document shows of the progress. The times are not among it: without a transition too, a scan may have been
 * reported that began earlier than the known ones.
 */
function toFields(task: StandingTask, snapshot: ProgressSnapshot, counters: TaskCounters, now: Date): ProgressFields {
  const remaining = estimateRemaining(task, counters, now);
  return {
    progress: snapshot.progress,
    progress_seq: snapshot.seq,
    'error_info.error_count': countFailed(snapshot.progress),
    'error_info.failed_attempts': counters.stats.errors,
    ...(counters.last_error !== undefined && { 'error_info.last_error': counters.last_error }),
    ...(remaining !== undefined &&
      remaining > 0 && { estimated_completion: new Date(now.getTime() + remaining * 1_000) }),
  };
}
