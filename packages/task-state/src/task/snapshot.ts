import { countClosed, countScanned, type ProgressSnapshot, type Task } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import { toProgress } from '../counters/progress';
import type { TaskCounters } from '../counters/sum';
import { addOpenSeconds } from '../gate/window-calendar';
import { runningSeconds, type TaskClock } from '../task-clock';

/**
 * How many subtasks per second the nodes of a pool scan if all their slots are used. Undefined if the rate is unknown.
 */
export type GetFleetPace = (pool: string) => Promise<number | undefined>;

export type SnapshotTask = TaskClock &
  Pick<Task, 'task_id' | 'status' | 'rev' | 'progress' | 'traceparent' | 'hold'> & {
    config: Pick<Task['config'], 'pool' | 'windows'>;
  };

/** The progress of a task, from its document and its counters read at one moment. */
export async function toSnapshot(
  task: SnapshotTask,
  counters: TaskCounters,
  now: Date,
  getFleetPace: GetFleetPace,
): Promise<ProgressSnapshot> {
  const total = task.progress.total_targets;
  return {
    task_id: task.task_id,
    status: task.status,
    seq: counters.seq + task.rev,
    rev: task.rev,
    timestamp: now.toISOString(),
    progress: toProgress(total, counters.touched, isEndedTask(task.status), counters.stats.retries),
    estimated_remaining: toRemaining(
      task,
      estimateWork(task, counters, now) ?? (await estimateByFleet(task, counters, getFleetPace)),
      now,
    ),
    ...(task.traceparent !== undefined && { traceparent: task.traceparent }),
  };
}

/**
 * Seconds to the end of a task that needs `work` seconds: nothing is done outside its windows, and while it is held.
 * Null while no one knows when it continues.
 */
function toRemaining(task: SnapshotTask, work: number | null, now: Date): number | null {
  if (!work) return work;
  if (task.status === 'PAUSED' || (task.hold && !task.hold.until)) return null;
  const end = addOpenSeconds(task.config.windows, toBeginning(task, now), work);
  return toTenths((end.getTime() - now.getTime()) / 1_000);
}

const toBeginning = ({ hold }: SnapshotTask, now: Date): Date => (hold?.until && hold.until > now ? hold.until : now);

/** When the task ends, estimated at its own mean rate. Undefined once it has ended, and before its first result. */
export function estimateCompletion(task: SnapshotTask, counters: TaskCounters, now: Date): Date | undefined {
  const remaining = toRemaining(task, estimateWork(task, counters, now) ?? null, now);
  return remaining ? new Date(now.getTime() + remaining * 1_000) : undefined;
}

/** Seconds of work left at the task's own mean rate. 0 once it has ended, undefined before its first result. */
function estimateWork(task: SnapshotTask, { touched, scans }: TaskCounters, now: Date): number | undefined {
  if (isEndedTask(task.status)) return 0;
  const scanned = countScanned(touched);
  const started_time = scans.first_started_time ?? task.started_time;
  const seconds = runningSeconds(started_time ? { ...task, started_time } : task, now);
  const left = task.progress.total_targets - countClosed(touched);
  return scanned === 0 || seconds === 0 ? undefined : toTenths((left * seconds) / scanned);
}

/** The estimate if the task had all slots of its pool. Null if no rate is known. */
async function estimateByFleet(
  task: SnapshotTask,
  { touched }: TaskCounters,
  getPace: GetFleetPace,
): Promise<number | null> {
  const pace = await getPace(task.config.pool);
  return pace === undefined ? null : toTenths((task.progress.total_targets - countClosed(touched)) / pace);
}

const toTenths = (seconds: number) => Math.round(seconds * 10) / 10;
