import { countFailed, type ProgressSnapshot, type Task } from '@cyberstroll/contracts';
import type { TaskCounters } from '../counters/sum';
import { toTaskTimes } from '../task-clock';
import { applyTaskTransitions, type TaskFieldChanges, toTaskAfter } from './apply-transitions';
import { decideTaskTransitions, type TaskStanding, type TaskTransition } from './roll-up-transitions';
import { estimateCompletion, type GetFleetPace, type SnapshotTask, toSnapshot } from './snapshot';

/** What a task's counters demand of it, as of one moment. */
export interface RollUp {
  /** The progress before the transitions, … */
  before: ProgressSnapshot;
  /** … and after them. The same if there are none. */
  after: ProgressSnapshot;
  /** Those that are due, in order; usually none. */
  transitions: TaskTransition[];
  /** What the document has then. */
  changes: TaskFieldChanges;
  /** False if it has that already. */
  isChanged: boolean;
}

export type RolledUpTask = SnapshotTask & TaskStanding['task'] & Pick<Task, 'progress_seq' | 'status_history'>;

export async function decideRollUp(
  task: RolledUpTask,
  counters: TaskCounters,
  { operator, now, getFleetPace }: { operator: string; now: Date; getFleetPace: GetFleetPace },
): Promise<RollUp> {
  const { touched, stats, scans } = counters;
  const before = await toSnapshot(task, counters, now, getFleetPace);
  const { reopened } = stats;
  const transitions = decideTaskTransitions({ task, total: task.progress.total_targets, touched, reopened, now });
  if (transitions.length === 0) {
    // Without a transition too, a scan may have been reported that began earlier than the known ones.
    const set = { ...toTaskTimes(task, scans), ...toProgressFields(task, before, counters, now) };
    const isChanged = before.seq > task.progress_seq;
    return { before, after: before, transitions, changes: { set, unset: [] }, isChanged };
  }
  const moved = applyTaskTransitions(task, transitions, operator, now, scans);
  const taskAfter = toTaskAfter(task, transitions, moved);
  const after = await toSnapshot(taskAfter, counters, now, getFleetPace);
  const changes = { ...moved, set: { ...moved.set, ...toProgressFields(taskAfter, after, counters, now) } };
  return { before, after, transitions, changes, isChanged: true };
}

/** What the document shows of the progress. */
function toProgressFields(
  task: RolledUpTask,
  { progress, seq }: ProgressSnapshot,
  counters: TaskCounters,
  now: Date,
): Partial<Task> {
  const estimated_completion = estimateCompletion(task, counters, now);
  return {
    progress,
    progress_seq: seq,
    error_info: {
      ...task.error_info,
      error_count: countFailed(progress),
      failed_attempts: counters.stats.errors,
      ...(counters.last_error !== undefined && { last_error: counters.last_error }),
    },
    ...(estimated_completion && { estimated_completion }),
  };
}
