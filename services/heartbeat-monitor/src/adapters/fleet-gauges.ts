/**
 * What is known of all tasks, nodes and queues, as metrics. One replica looks, as its duty, and shows what it saw for as long as it is
 * fresh: where another has taken the duty over, nothing is shown twice for long, nor anything that is not so any more.
 */
import { ALERT_RULE_NAMES, QUEUES, toJobQueue } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import { Gauge, type Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

/** Looks that may be missed before what was seen is not shown any more. */
const LOOKS_KEPT = 3;
const MAX_POOLS = 100;

export function createFleetGauges({
  store,
  broker,
  registry,
  intervalMs,
}: {
  store: Pick<Store, 'statistics' | 'alerts'>;
  broker: Pick<Broker, 'queueDepths'>;
  registry: Registry;
  intervalMs: number;
}): (now: Date) => Promise<undefined> {
  const add = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    createFreshGauge(registry, LOOKS_KEPT * intervalMs, { name: `cyberstroll_${name}`, help, labelNames });
  const gauges = {
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
    letters: add('dead_letters_waiting', 'Dead letters that nobody has replayed or discarded'),
    messages: add('queue_messages', 'Messages ready in a queue', 'queue'),
    nonempty: add('queue_nonempty_seconds', 'Time since a queue was last seen empty: none in it waits longer', 'queue'),
  };
  const emptyAt = new Map<string, Date>();

  function showQueues(depths: ReadonlyMap<string, number>, now: Date) {
    gauges.messages.show([...depths].map(([queue, count]) => [{ queue }, count]));
    for (const [queue, count] of depths) if (count === 0 || !emptyAt.has(queue)) emptyAt.set(queue, now);
    for (const queue of emptyAt.keys()) if (!depths.has(queue)) emptyAt.delete(queue);
    gauges.nonempty.show([...emptyAt].map(([queue, at]) => [{ queue }, (now.getTime() - at.getTime()) / 1_000]));
  }

  return async function lookOnce(now) {
    const fleet = await store.statistics.getFleetStatistics(now);
    const { total_targets: _, progress_percentage: __, ...buckets } = fleet.progress;
    gauges.tasks.show(Object.entries(fleet.tasks).map(([status, count]) => [{ status }, count]));
    gauges.subTasks.show(
      Object.entries(buckets).map(([name, count]) => [{ status: name.replace('_count', '') }, count]),
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
    const active = await store.alerts.findActive();
    gauges.alerts.show(
      ALERT_RULE_NAMES.map((rule) => [{ rule }, active.filter((alert) => alert.rule === rule).length]),
    );
    gauges.letters.show([[{}, fleet.dead_letters_waiting]]);
    const pools = Object.keys(fleet.pools).slice(0, MAX_POOLS);
    const queues = [...Object.values(QUEUES), ...pools.map(toJobQueue)].map(({ name }) => name);
    showQueues(await broker.queueDepths(queues), now);
    return undefined;
  };
}

type Sample = [labels: Record<string, string>, value: number];

/** Nothing is shown where there is nothing to say. */
const toSample = (value: number | null): Sample[] => (value === null ? [] : [[{}, value]]);

/** A gauge that shows what it was given last, and nothing once that is too old. */
function createFreshGauge(
  registry: Registry,
  maxAgeMs: number,
  options: { name: string; help: string; labelNames: string[] },
) {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  const gauge = new Gauge({
    ...options,
    registers: [registry],
    collect() {
      if (performance.now() - shownAtMs > maxAgeMs) clear();
    },
  });
  function clear() {
    gauge.reset();
    // Without labels, a reset is to 0.
    if (options.labelNames.length === 0) gauge.remove();
  }
  return {
    show(samples: readonly Sample[]) {
      clear();
      for (const [labels, value] of samples) gauge.set(labels, value);
      shownAtMs = performance.now();
    },
  };
}
