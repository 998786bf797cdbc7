import type { Task } from '@cyberstroll/contracts';
import type { TaskStatus } from '@cyberstroll/state-machine';

export interface TimedTask extends Pick<Task, 'started_time' | 'paused_seconds' | 'paused_time'> {
  status: TaskStatus;
  config: { timeout: number };
}

/** Whether a task has run for longer than `config.timeout` seconds; the time that it was paused does not count. */
export function isTaskOverdue(task: TimedTask, now: Date): boolean {
  const { status, config, started_time, paused_time, paused_seconds } = task;
  if ((status !== 'RUNNING' && status !== 'PAUSED') || config.timeout === 0 || !started_time) return false;
  const until = status === 'PAUSED' && paused_time ? paused_time : now;
  const ranMs = until.getTime() - started_time.getTime() - paused_seconds * 1_000;
  return ranMs >= config.timeout * 1_000;
}
