import { countOpen, countResting, type ProgressSnapshot, type Task, toProgress } from '@cyberstroll/contracts';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';
import type { TaskCounters } from './task-counters';

type Standing = Pick<
  Task,
  | 'task_id'
  | 'status'
  | 'rev'
  | 'started_time'
  | 'paused_time'
  | 'paused_seconds'
  | 'progress'
  | 'completed_time'
  | 'traceparent'
>;

/** How a task stands, from its document and its counters read at one moment. */
export function toSnapshot(task: Standing, counters: TaskCounters, now: Date): ProgressSnapshot {
  const total = task.progress.total_targets;
  return {
    task_id: task.task_id,
    status: task.status,
    seq: counters.seq + task.rev,
    timestamp: now.toISOString(),
    progress: toProgress(total, counters.touched, isEndedTask(task.status)),
    estimated_remaining: estimateRemaining(task, counters, now),
    ...(task.traceparent !== undefined && { traceparent: task.traceparent }),
  };
}

/** Seconds that the task has run, those in which it was PAUSED left out. */
export function runningSeconds(
  task: Pick<Task, 'started_time' | 'paused_time' | 'paused_seconds' | 'completed_time'>,
  now: Date,
): number {
  if (!task.started_time) return 0;
  const until = task.completed_time ?? task.paused_time ?? now;
  return Math.max(0, (until.getTime() - task.started_time.getTime()) / 1_000 - task.paused_seconds);
}

/** Seconds to the end at the mean rate so far; 0 once ended, null where nothing can be said yet. */
function estimateRemaining(task: Standing, counters: TaskCounters, now: Date): number | null {
  if (isEndedTask(task.status as TaskStatus)) return 0;
  const resting = countResting(counters.touched);
  if (resting === 0 || resting + countOpen(counters.touched) === 0) return null;
  const left = task.progress.total_targets - resting;
  return Math.round((left * runningSeconds(task, now) * 10) / resting) / 10;
}
