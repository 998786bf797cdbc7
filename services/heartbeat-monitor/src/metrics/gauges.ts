import {
  type FleetStatistics,
  type LimitNumbers,
  type LimitUse,
  toBuckets,
  toQueueNames,
} from '@cyberstroll/contracts';
import type { Broker, Replicas } from '@cyberstroll/messaging';
import type { Counts, Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createFreshGauges, INTERVALS_SHOWN, type Sample, toSample } from './fresh-gauge';

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
      '1 if the figures of subtasks cover all tasks that are open or ended recently; 0 if there are too many, and ' +
        'they cover a part of them',
    ),
    tasks: add('tasks', 'Tasks in the database', 'status'),
    held: add('tasks_held', 'Tasks that a rule lets begin nothing now, by why', 'code'),
    subTasks: add('subtasks', 'Subtasks of tasks that are open or ended within the last hour', 'status'),
    completion: add('task_completion_ratio', 'Share of completed subtasks in open and recently ended tasks'),
    failure: add('task_failure_ratio', 'Share of failed and timed-out subtasks in open and recently ended tasks'),
    execution: add('task_execution_seconds', 'Mean duration of a completed scan in open and recently ended tasks'),
    timeUsed: add('task_time_used_ratio', 'Greatest share of its timeout that a running task has used'),
    nodes: add('nodes', 'Nodes by status; a silent node sends no heartbeats and did not say goodbye', 'status'),
    utilisation: add('node_utilisation_ratio', 'Share of the slots of online nodes that hold a subtask'),
    usedSlots: add('node_slots_taken', 'Slots of online nodes that hold a subtask'),
    slots: add('node_slots', 'Slots of online nodes: the number of addresses that they can scan at once'),
    poolSlots: add('pool_slots', 'Slots of the online nodes of a pool', 'pool'),
    alerts: add('alerts_active', 'Active alerts by rule; without those that a silence covers', 'rule'),
    silenced: add('alerts_silenced', 'Active alerts that a silence covers'),
    deadLetters: add('dead_letters_waiting', 'Dead letters that nobody has replayed or discarded, by reason', 'reason'),
  };

  return function show(fleet) {
    gauges.complete.show([[{}, Number(fleet.is_complete)]]);
    gauges.tasks.show(Object.entries(fleet.tasks).map(([status, count]) => [{ status }, count]));
    gauges.held.show(Object.entries(fleet.tasks_held).map(([code, count]) => [{ code }, count]));
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
    gauges.silenced.show([[{}, fleet.alerts_silenced]]);
    gauges.deadLetters.show(Object.entries(fleet.dead_letters_by_reason).map(([reason, count]) => [{ reason }, count]));
  };
}

/** A stored limit. There are few of them, so each has its own samples. */
export interface ShownLimit {
  key: string;
  numbers: LimitNumbers;
  use: LimitUse;
  tasks: ReadonlySet<string>;
}

/** The stored limits and their use as metrics. The leader of the sweep shows them. */
export function createLimitGauges({
  registry,
  intervalMs,
}: {
  registry: Registry;
  intervalMs: number;
}): (limits: readonly ShownLimit[]) => void {
  const addGauge = createFreshGauges(registry, intervalMs);
  const add = (name: string, help: string) => addGauge(name, help, 'limit_id');
  const gauges = {
    outstanding: add('limit_outstanding', 'Addresses that count against a limit: sent out and not closed'),
    notBegun: add('limit_not_begun', 'Those of the addresses that count against a limit whose scan has not started'),
    tasks: add('limit_tasks', 'Tasks that a limit covers and that are not settled'),
    most: add('limit_max_concurrent', 'Addresses that a limit allows at once'),
    pace: add('limit_max_starts_per_second', 'Starts of scans that a limit allows per second'),
  };

  return function show(limits) {
    const of = (toValue: (limit: ShownLimit) => number | undefined): Sample[] =>
      limits.flatMap((limit) => {
        const value = toValue(limit);
        return value === undefined ? [] : [[{ limit_id: limit.key }, value]];
      });
    gauges.outstanding.show(of(({ use }) => use.outstanding));
    gauges.notBegun.show(of(({ use }) => use.not_begun));
    gauges.tasks.show(of(({ tasks }) => tasks.size));
    gauges.most.show(of(({ numbers }) => numbers.max_concurrent));
    gauges.pace.show(of(({ numbers }) => numbers.max_starts_per_second));
  };
}

/** The depth of the queues as metrics. The leader of the sweep shows them. */
export function createQueueGauges({
  store,
  broker,
  registry,
  intervalMs,
}: {
  store: Pick<Store, 'nodes' | 'queues'>;
  broker: Pick<Broker, 'queueDepths'>;
  registry: Registry;
  intervalMs: number;
}): (now: Date) => Promise<Counts> {
  const addGauge = createFreshGauges(registry, intervalMs);
  const messages = addGauge('queue_messages', 'Messages ready in a queue', 'queue');
  const nonempty = addGauge(
    'queue_nonempty_seconds',
    'Time since a queue was last seen empty, or was first checked: an upper limit of the time that its messages ' +
      'have waited',
    'queue',
  );

  return async function lookOnce(now) {
    const looks = await broker.queueDepths(toQueueNames(await store.nodes.findPools()));
    const depths = new Map([...looks].map(([queue, { latest }]) => [queue, latest]));
    const emptyTimes = await store.queues.noteDepths(depths, now, INTERVALS_SHOWN * intervalMs);
    messages.show([...depths].map(([queue, count]) => [{ queue }, count]));
    nonempty.show([...emptyTimes].map(([queue, time]) => [{ queue }, (now.getTime() - time.getTime()) / 1_000]));
    return {};
  };
}

/** The members of the quorum queues of RabbitMQ as metrics. The leader of the sweep shows them. */
export function createReplicaGauges({ registry, intervalMs }: { registry: Registry; intervalMs: number }) {
  const addGauge = createFreshGauges(registry, intervalMs);
  const members = addGauge('queue_members', 'Nodes of RabbitMQ that have a replica of a quorum queue', 'queue');
  const online = addGauge('queue_members_online', 'Nodes of RabbitMQ whose replica of a quorum queue runs', 'queue');
  const wanted = addGauge(
    'queue_members_wanted',
    'Members that each quorum queue should have: three, or as many as the cluster has nodes',
  );
  const leader = addGauge(
    'queue_leader',
    '1 for the node of RabbitMQ that leads a quorum queue',
    'queue',
    'broker_node',
  );

  return function show(replicas: Replicas): void {
    const { queues } = replicas;
    members.show(queues.map((queue) => [{ queue: queue.name }, queue.members.length]));
    online.show(queues.map((queue) => [{ queue: queue.name }, queue.online.length]));
    wanted.show([[{}, replicas.wanted]]);
    leader.show(
      queues.flatMap((queue) => (queue.leader ? [[{ queue: queue.name, broker_node: queue.leader }, 1] as const] : [])),
    );
  };
}
