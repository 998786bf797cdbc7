import { countFailed, type ProgressSnapshot, type Task } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import {
  applyTaskTransitions,
  decideTaskTransitions,
  estimateRemaining,
  type GetFleetPace,
  type TaskCounters,
  type TaskTransition,
  toSnapshot,
  toTaskTimes,
} from '@cyberstroll/task-state';
import { getTaskAndCounters, readTasksAndCounters, type StandingTask } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { findFields } from '../mongodb/models/fields';
import type { WriteTask } from './write-task';

/** What a roll-up of a task would do, as of one moment. */
export interface RollUp {
  /** The progress, from the counters. */
  snapshot: ProgressSnapshot;
  /** The transitions that are due, in order; usually none. */
  steps: TaskTransition[];
  /**
   * Makes them, and gives the document the progress. Undefined if the task ends, which `rollUpTask` does in a
   * transaction, or if there is nothing to write.
   */
  write?: ProgressWrite;
}

/** What a task's document gets if it still has this revision and older progress. */
export interface ProgressWrite {
  task_id: string;
  rev: number;
  steps: TaskTransition[];
  fields: ProgressFields;
}

type ProgressFields = Pick<Task, 'progress' | 'progress_seq'> &
  Partial<Pick<Task, 'status_history'>> &
  Record<string, unknown>;

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
  operator = DEFAULT_OPERATOR,
): Promise<RollUp[]> {
  const read = await readTasksAndCounters(db, taskIds, ['status_history']);
  const now = new Date();
  return Promise.all(
    read.map(async ({ task, counters }) => {
      const snapshot = await toSnapshot(task, counters, now, getFleetPace);
      const steps = decideSteps(task, counters, now);
      const isEnd = steps.some(({ status }) => isEndedTask(status));
      if (isEnd || (steps.length === 0 && snapshot.seq <= task.progress_seq)) return { snapshot, steps };
      const after = toAfter(task, steps);
      const { set } = applyTaskTransitions(task, steps, operator, now, counters.scans);
      const shown = steps.length > 0 ? await toSnapshot(after, counters, now, getFleetPace) : snapshot;
      const times = steps.length > 0 ? set : toTaskTimes(task, counters.scans);
      const fields = { ...times, ...toFields(after, shown, counters, now) };
      return { snapshot, steps, write: { task_id: task.task_id, rev: task.rev, steps, fields } };
    }),
  );
}

/** Writes many tasks by one command. Resolves with those that were not as they had been read, and are not written. */
export async function writeProgress({ tasks }: Database, writes: readonly ProgressWrite[]): Promise<ProgressWrite[]> {
  if (writes.length === 0) return [];
  const { matchedCount } = await tasks.bulkWrite(
    writes.map(({ task_id, rev, steps, fields }) => ({
      updateOne: {
        filter: { task_id, rev, ...isOlderThan(fields) },
        update: { $set: fields, ...(steps.length > 0 && { $inc: { rev: 1 } }) },
      },
    })),
    { ordered: false },
  );
  if (matchedCount === writes.length) return [];
  const filter = { task_id: { $in: writes.map(({ task_id }) => task_id) } };
  const found = await findFields(tasks, filter, ['task_id', 'progress_seq', 'status_history']).toArray();
  const byId = new Map(found.map((task) => [task.task_id, task]));
  return writes.filter((write) => !hasWritten(byId.get(write.task_id), write));
}

/** A transition is known by its time: another updater may have made the same one. */
function hasWritten(
  task: Pick<Task, 'progress_seq' | 'status_history'> | undefined,
  { steps, fields }: ProgressWrite,
): boolean {
  const toTime = (history?: Task['status_history']) => history?.at(-1)?.timestamp.getTime();
  return (
    task?.progress_seq === fields.progress_seq &&
    (steps.length === 0 || toTime(task.status_history) === toTime(fields.status_history))
  );
}

/**
 * Rolls a task's counters up into its document, and makes the transitions that they demand. The write is guarded by
 * the revision and only moves forward, so any number of callers may do this at once. Only one of them writes a task's
 * end, and only if the counters are still those that demand it.
 */
export async function rollUpTask(
  { db, writeTask, getFleetPace }: RollUpDeps,
  taskId: string,
  operator = DEFAULT_OPERATOR,
): Promise<TaskRollUp> {
  for (;;) {
    const { task, counters } = await getTaskAndCounters(db, taskId);
    const now = new Date();
    const steps = decideSteps(task, counters, now);
    const after = toAfter(task, steps);
    const snapshot = await toSnapshot(after, counters, now, getFleetPace);
    if (steps.length === 0 && snapshot.seq <= task.progress_seq) return { snapshot, steps };

    const fields = toFields(after, snapshot, counters, now);
    const written = await writeTask({
      task,
      guard: isOlderThan(fields),
      transitions: { steps, operator, counters },
      // Transitions set the times themselves.
      write: { $set: steps.length > 0 ? fields : { ...toTaskTimes(task, counters.scans), ...fields } },
    });
    if (written) return { snapshot: await toSnapshot(written, counters, new Date(), getFleetPace), steps };
    if (steps.length === 0) return { snapshot, steps };
  }
}

/** In whose name transitions are made by default. */
const DEFAULT_OPERATOR = 'task-state-manager';

const toAfter = <Before extends StandingTask>(task: Before, steps: readonly TaskTransition[]): Before =>
  steps.length > 0 ? { ...task, status: steps.at(-1)!.status, rev: task.rev + 1 } : task;

export const decideSteps = (task: StandingTask, { touched, seq }: TaskCounters, now: Date): TaskTransition[] =>
  decideTaskTransitions({ task, total: task.progress.total_targets, touched, seq, now });

/** Progress only moves forward. */
const isOlderThan = ({ progress_seq }: ProgressFields) => ({ progress_seq: { $lt: progress_seq } });

/**
 * What the document shows of the progress. The times are not among it: without a transition too, a scan may have been
 * reported that began earlier than the known ones.
 */
export function toFields(
  task: StandingTask,
  snapshot: ProgressSnapshot,
  counters: TaskCounters,
  now: Date,
): ProgressFields {
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
