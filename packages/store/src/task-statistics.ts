import { countResting, type Progress, type Task, type TaskStatistics, toProgress } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import type { TaskCounters } from './task-counters';
import { runningSeconds } from './to-snapshot';

/** A task's figures of contract 7.1, from its counters and the slots of its pool's nodes. */
export function toTaskStatistics(task: Task, counters: TaskCounters, capacity: number, now: Date): TaskStatistics {
  const progress = toProgress(task.progress.total_targets, counters.touched, isEndedTask(task.status));
  const { touched } = counters;
  const seconds = runningSeconds(task, now);
  const held = touched.assigned_count + touched.scanning_count;
  return {
    task_id: task.task_id,
    status: task.status,
    ...toRates(progress, counters, { active: Math.min(held, capacity), capacity }),
    subtasks_per_second: seconds > 0 ? countResting(touched) / seconds : 0,
  };
}

/** What a task's figures and the fleet's have in common. */
export function toRates(
  progress: Progress,
  { touched, stats, error_codes }: Pick<TaskCounters, 'touched' | 'stats' | 'error_codes'>,
  { active, capacity }: { active: number; capacity: number },
): Omit<TaskStatistics, 'task_id' | 'status' | 'subtasks_per_second'> {
  const share = (count: number) => (progress.total_targets === 0 ? 0 : count / progress.total_targets);
  return {
    progress,
    completion_rate: share(touched.completed_count),
    failure_rate: share(touched.failed_count + touched.timeout_count),
    average_execution_time: touched.completed_count > 0 ? stats.execution_seconds / touched.completed_count : null,
    node_utilisation: capacity > 0 ? active / capacity : null,
    active_tasks: active,
    max_capacity: capacity,
    retries_total: stats.retries,
    node_losses_total: stats.node_losses,
    open_ports_total: stats.open_ports,
    error_codes,
  };
}
