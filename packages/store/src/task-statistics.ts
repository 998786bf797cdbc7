import { countResting, type Task, type TaskStatistics, toProgress } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import type { TaskCounters } from './task-counters';
import { runningSeconds } from './to-snapshot';

/** A task's figures of contract 7.1, from its counters. */
export function toTaskStatistics(task: Task, counters: TaskCounters, now: Date): TaskStatistics {
  const progress = toProgress(task.progress.total_targets, counters.touched, isEndedTask(task.status));
  const { touched, stats } = counters;
  const seconds = runningSeconds(task, now);
  const share = (count: number) => (progress.total_targets === 0 ? 0 : count / progress.total_targets);
  return {
    task_id: task.task_id,
    status: task.status,
    progress,
    completion_rate: share(touched.completed_count),
    failure_rate: share(touched.failed_count + touched.timeout_count),
    average_execution_time: touched.completed_count > 0 ? stats.execution_seconds / touched.completed_count : null,
    retries_total: stats.retries,
    node_losses_total: stats.node_losses,
    open_ports_total: stats.open_ports,
    subtasks_per_second: seconds > 0 ? countResting(touched) / seconds : 0,
    error_codes: counters.error_codes,
  };
}
