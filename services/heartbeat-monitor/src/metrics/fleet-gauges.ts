import { toBuckets } from '@cyberstroll/contracts';
import type { Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createFreshGauges, toSample } from './fresh-gauge';

/** What the store knows of all tasks and nodes, as metrics: shown by the leader. */
export function createFleetGauges({
  store,
  registry,
  intervalMs,
}: {
  store: Pick<Store, 'statistics'>;
  registry: Registry;
  intervalMs: number;
}): (now: Date) => Promise<undefined> {
  const add = createFreshGauges(registry, intervalMs);
  const gauges = {
    complete: add(
      'fleet_figures_complete',
      'Whether the figures of subtasks are of all tasks that are open or ended lately (1), or of a part of them (0): there are too many',
    ),
    tasks: add('tasks', 'Tasks that are kept', 'status'),
    subTasks: add('subtasks', 'Subtasks of the tasks that are open or ended within the last hour', 'status'),
    completion: add('task_completion_ratio', 'Completed ones among the subtasks of open and lately ended tasks'),
    failure: add('task_failure_ratio', 'Failed and timed-out ones among the subtasks of open and lately ended tasks'),
    execution: add('task_execution_seconds', 'Mean time of a completed scan of open and lately ended tasks'),
    timeUsed: add('task_time_used_ratio', 'The largest part of its timeout that a running task has used'),
    nodes: add('nodes', 'Nodes by how they stand; silent is one that is missed', 'status'),
    utilisation: add('node_utilisation_ratio', 'Share of the slots of the nodes that are heard that is taken'),
    taken: add('node_slots_taken', 'Slots of the nodes that are heard that are taken'),
    slots: add('node_slots', 'Slots of the nodes that are heard: addresses that they can scan at once'),
    poolSlots: add('pool_slots', 'Slots of the nodes of a pool that are heard', 'pool'),
    alerts: add('alerts_active', 'Alerts whose condition stands', 'rule'),
    deadLetters: add('dead_letters_waiting', 'Dead letters that nobody has replayed or discarded, by reason', 'reason'),
  };

  return async function lookOnce(now) {
    const fleet = await store.statistics.getFleetStatistics(now);
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
    gauges.taken.show([[{}, fleet.active_tasks]]);
    gauges.slots.show([[{}, fleet.max_capacity]]);
    gauges.poolSlots.show(Object.entries(fleet.pools).map(([pool, count]) => [{ pool }, count]));
    gauges.alerts.show(Object.entries(fleet.alerts_active).map(([rule, count]) => [{ rule }, count]));
    gauges.deadLetters.show(Object.entries(fleet.dead_letters_by_reason).map(([reason, count]) => [{ reason }, count]));
    return undefined;
  };
}
