import { type FleetStatistics, toBuckets } from '@cyberstroll/contracts';
import type { Registry } from '@cyberstroll/runtime';
import { createFreshGauges, toSample } from './fresh-gauge';

/** All tasks and nodes as metrics. The leader of the sweep shows them. */
export function createFleetGauges({
  registry,
  intervalMs,
}: {
  registry: Registry;
  intervalMs: number;
}): (fleet: FleetStatistics) => void {
  const add = createFreshGauges(registry, intervalMs);
  const gauges = {
    complete: add(
      'fleet_figures_complete',
      '1 if the figures of subtasks cover all tasks that are open or ended lately; 0 if there are too many, and ' +
        'they cover a part of them',
    ),
    tasks: add('tasks', 'Tasks in the database', 'status'),
    subTasks: add('subtasks', 'Subtasks of tasks that are open or ended within the last hour', 'status'),
    completion: add('task_completion_ratio', 'Share of completed subtasks in open and lately ended tasks'),
    failure: add('task_failure_ratio', 'Share of failed and timed-out subtasks in open and lately ended tasks'),
    execution: add('task_execution_seconds', 'Mean duration of a completed scan in open and lately ended tasks'),
    timeUsed: add('task_time_used_ratio', 'Greatest share of its timeout that a running task has used'),
    nodes: add('nodes', 'Nodes by status; a silent node sends no heartbeats and did not say goodbye', 'status'),
    utilisation: add('node_utilisation_ratio', 'Share of the slots of online nodes that hold a subtask'),
    usedSlots: add('node_slots_taken', 'Slots of online nodes that hold a subtask'),
    slots: add('node_slots', 'Slots of online nodes: the number of addresses that they can scan at once'),
    poolSlots: add('pool_slots', 'Slots of the online nodes of a pool', 'pool'),
    alerts: add('alerts_active', 'Active alerts by rule', 'rule'),
    deadLetters: add('dead_letters_waiting', 'Dead letters that nobody has replayed or discarded, by reason', 'reason'),
  };

  return function show(fleet) {
    gauges.complete.show([[{}, Number(fleet.is_complete)]]);
    gauges.tasks.show(Object.entries(fleet.tasks).map(([status, count]) => [{ status }, count]));
    gauges.subTasks.show(
      Object.entries(toBuckets(fleet.progress)).map(([name, count]) => [{ status: name.replace('_count', '') }, count]),
    );
    gauges.completion.show([[{}, fleet.completion_rate]]);
    gauges.failure.show([[{}, fleet.failure_rate]]);
    gauges.execution.show(toSample(fleet.average_execution_time));
    gauges.timeUsed.show(toSample(fleet.time_used));
    gauges.nodes.show(Object.entries(fleet.nodes).map(([status, count]) => [{ status }, count]));
    gauges.utilisation.show(toSample(fleet.node_utilisation));
    gauges.usedSlots.show([[{}, fleet.active_tasks]]);
    gauges.slots.show([[{}, fleet.max_capacity]]);
    gauges.poolSlots.show(Object.entries(fleet.pools).map(([pool, count]) => [{ pool }, count]));
    gauges.alerts.show(Object.entries(fleet.alerts_active).map(([rule, count]) => [{ rule }, count]));
    gauges.deadLetters.show(Object.entries(fleet.dead_letters_by_reason).map(([reason, count]) => [{ reason }, count]));
  };
}
