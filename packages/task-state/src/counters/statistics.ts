import {
  countClosed,
  type FleetStatistics,
  type Progress,
  REASSIGN_CAUSES,
  type Task,
  type TaskStatistics,
  toSentence,
} from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import { runningSeconds } from '../task-clock';
import { toProgress } from './progress';
import type { TaskCounters } from './sum';

/** The dead letters that nobody has replayed or discarded. */
export type WaitingDeadLetters = Pick<FleetStatistics, 'dead_letters_waiting' | 'dead_letters_by_reason'>;

/** `12 waiting for a decision: 10 not_json, 2 bad_envelope` */
export const toDeadLettersText = ({ dead_letters_waiting, dead_letters_by_reason }: WaitingDeadLetters): string => {
  const counts = Object.entries(dead_letters_by_reason).map(([reason, count]) => `${count} ${reason}`);
  const waiting = { waiting: dead_letters_waiting };
  return counts.length === 0
    ? toSentence('waiting_for_decision', waiting)
    : toSentence('waiting_for_decision_of', { ...waiting, counts: counts.join(', ') });
};

/** A task's figures of contract 7.1, from its counters and the slots of its pool's nodes. */
export function toTaskStatistics(
  task: Task,
  counters: TaskCounters,
  { capacity, deadLetters }: { capacity: number; deadLetters: WaitingDeadLetters },
  now: Date,
): TaskStatistics {
  const { touched } = counters;
  const progress = toProgress(task.progress.total_targets, touched, isEndedTask(task.status), counters.stats.retries);
  const seconds = runningSeconds(task, now);
  const held = touched.assigned_count + touched.scanning_count;
  return {
    task_id: task.task_id,
    status: task.status,
    ...toRates(progress, counters, { active: Math.min(held, capacity), capacity }),
    ...deadLetters,
    subtasks_per_second: seconds > 0 ? countClosed(touched) / seconds : 0,
  };
}

/** What a task's figures and the fleet's have in common. */
export function toRates(
  progress: Progress,
  { touched, stats, error_codes, reassigned }: Pick<TaskCounters, 'touched' | 'stats' | 'error_codes' | 'reassigned'>,
  { active, capacity }: { active: number; capacity: number },
): Omit<TaskStatistics, 'task_id' | 'status' | 'subtasks_per_second' | keyof WaitingDeadLetters> {
  const share = (count: number) => (progress.total_targets === 0 ? 0 : count / progress.total_targets);
  return {
    progress,
    completion_rate: share(touched.completed_count),
    failure_rate: share(touched.failed_count + touched.timeout_count),
    average_execution_time: stats.executions > 0 ? stats.execution_seconds / stats.executions : null,
    node_utilisation: capacity > 0 ? active / capacity : null,
    active_tasks: active,
    max_capacity: capacity,
    claims_held: touched.assigned_count + touched.scanning_count,
    retries_total: stats.retries,
    node_losses_total: stats.node_losses,
    subtasks_reassigned_total: Object.fromEntries(
      REASSIGN_CAUSES.map((cause) => [cause, reassigned[cause] ?? 0]),
    ) as TaskStatistics['subtasks_reassigned_total'],
    updates_applied_total: stats.updates,
    average_update_lag: stats.updates > 0 ? stats.update_lag_seconds / stats.updates : null,
    open_ports_total: stats.open_ports,
    error_codes,
  };
}
