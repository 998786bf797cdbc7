import { QUEUES } from '@cyberstroll/contracts';
import { createLeadership, createUnsettledWatch } from '@cyberstroll/coordination';
import { createBroker, createReplicaReader, createServiceUpdateSender, watchEvents } from '@cyberstroll/messaging';
import {
  createMetrics,
  createParallel,
  createService,
  createSharedCall,
  createSweep,
  createSweepMetrics,
  type Logger,
  parseRabbitmqUrl,
  type Service,
  toInstanceId,
  toTls,
} from '@cyberstroll/runtime';
import { createStore } from '@cyberstroll/store';
import { createImpostorCheck } from '@cyberstroll/task-state';
import { toAbleLeadership } from './adapters/able-leadership';
import { createPoolQueues } from './adapters/pool-queues';
import { createAlertSweeps } from './alerts/alert-sweeps';
import type { Config } from './config';
import { toPrefetch } from './core/to-prefetch';
import { createTaskEndDelivery } from './delivery/deliver-task-ends';
import { createDeliveryCounter } from './delivery/delivery-counter';
import { INTERVALS_SHOWN } from './metrics/fresh-gauge';
import { createFleetGauges, createQueueGauges, createReplicaGauges } from './metrics/gauges';
import { OPERATOR } from './operator';
import { ABORT_IDLE_MS, ABORT_INTERVAL_MS, abortHeldOnce } from './sweeps/abort-held';
import { failAbandonedOnce } from './sweeps/fail-abandoned-once';
import { createSilenceSweep } from './sweeps/fail-silent';
import { createZombieSweep } from './sweeps/fail-zombies';
import { createHeartbeatHandler } from './sweeps/handle-heartbeat';
import { createMarkerSweep, MARK_IDLE_MS, MARK_INTERVAL_MS } from './sweeps/mark-updates';
import { createFleetSweep, SAMPLE_INTERVAL_MS } from './sweeps/show-fleet';
import { createReplicaSweep } from './sweeps/show-replicas';
import { timeOutSubTasksOnce, timeOutTasksOnce } from './sweeps/time-outs';
import { createLinkWatch } from './sweeps/watch-links';

/**
 * Between two passes of a sweep that delivers, while it has nothing to send, and nothing to send again. The event of a
 * task ends the wait, and so does an alert that this replica raises or clears. One that another service raised waits
 * this long at most.
 */
const IDLE_DELIVERY_MS = 5_000;
/** The pools are read once for all sweeps that pass within this time. */
const POOLS_KEPT_MS = 1_000;
/** While nothing happens, the interval of figures, rules and silent nodes is longer by this factor. */
const IDLE_FACTOR = 2;

/**
 * Tracks which nodes are alive, fails the subtasks of lost ones, enforces the deadlines of subtasks and tasks, and
 * raises alerts.
 */
export function createHeartbeatMonitorService(config: Config, logger: Logger): Service {
  const instance = toInstanceId('heartbeat-monitor', config.INSTANCE_ID);
  const tls = toTls(config);
  const metrics = createMetrics('heartbeat-monitor');
  const observer = createSweepMetrics(metrics);
  const store = createStore({ uri: config.MONGODB_URI, tls, instance, logger });
  const broker = createBroker({
    url: config.RABBITMQ_URL,
    tls,
    name: instance,
    stateQueues: config.STATE_QUEUES,
    consumerTimeoutMs: config.RABBITMQ_CONSUMER_TIMEOUT_MS,
    logger,
    metrics,
  });
  const publisher = broker.createPublisher();
  const updates = createServiceUpdateSender({ publisher, operator: OPERATOR, repeatAfterMs: config.UPDATE_REPEAT_MS });
  const timeoutMs = config.HEARTBEAT_TIMEOUT_MS;
  const links = createLinkWatch({ store, broker }, timeoutMs, new Date());

  const deps = { store, publisher, updates, logger };
  const unsettled = createUnsettledWatch(store);
  const { overUnsettled, hasAny: hasUnsettled } = unsettled;
  const { whenIndexed } = store;
  const countTry = createDeliveryCounter(metrics);
  // The figures of the queues and their alerts pass at the same time.
  const findPools = createSharedCall(store.nodes.findPools, { keepMs: POOLS_KEPT_MS });
  const withPools = { ...store, nodes: { ...store.nodes, findPools } };
  const alerts = createAlertSweeps(
    { ...deps, store: withPools, broker, registry: metrics, countTry, hasUnsettled, onChange: endIdleWaits },
    config,
  );
  const consumer = broker.createConsumer({
    queue: QUEUES.heartbeats,
    prefetch: () => toPrefetch(links.countNodes()),
    onListening: (isListening) => links.noteConsuming(isListening, new Date()),
    // A node that sends bad heartbeats sends one every five seconds: they are kept as one dead letter with a count.
    foldDeadLetters: true,
    handle: createHeartbeatHandler({
      ...deps,
      timeoutMs,
      findImpostor: config.CHECK_NODE_USERS
        ? createImpostorCheck(parseRabbitmqUrl(config.RABBITMQ_URL).user)
        : undefined,
      onPools: createPoolQueues({ broker, logger }),
    }),
    publisher,
    logger,
  });
  const intervalMs = config.SWEEP_INTERVAL_MS;
  const gauges = {
    store: withPools,
    broker,
    publisher,
    registry: metrics,
    intervalMs: config.METRICS_INTERVAL_MS,
    hasUnsettled,
  };
  const showReplicas = createReplicaGauges(gauges);
  const replicasMs = IDLE_FACTOR * gauges.intervalMs;
  const managementUrl = config.RABBITMQ_MANAGEMENT_URL;
  const readReplicas = managementUrl && createReplicaReader({ url: config.RABBITMQ_URL, managementUrl });
  /** Sweeps that need the same have one leader: a replica that lacks it leads none of them, and may lead the others. */
  const leadWith = (need: string, isAble: (now: Date) => boolean) => {
    const leadership = createLeadership(store.leases, `heartbeat-monitor:${need}`);
    return () => toAbleLeadership(leadership.join(), isAble);
  };
  const withMongodb = leadWith('mongodb', () => true);
  const withRabbitmq = leadWith('rabbitmq', () => broker.isConnected());
  const withHeartbeats = leadWith('heartbeats', links.canDeclareSilent);
  const sweeps = [
    // Every replica watches its own links. Every other sweep has one leader, which needs RabbitMQ if nothing is said.
    createSweep({ name: 'watch-links', intervalMs, sweepOnce: links.checkOnce, logger, observer }),
    ...[
      {
        name: 'fail-silent',
        intervalMs,
        idleMs: IDLE_FACTOR * intervalMs,
        lead: withHeartbeats,
        sweepOnce: whenIndexed(
          createSilenceSweep({
            ...deps,
            rules: { timeoutMs, share: config.BREAKER_SHARE, holdMs: config.BREAKER_HOLD_MS },
          }),
        ),
      },
      overUnsettled({
        name: 'fail-zombies',
        intervalMs: config.ABANDONED_INTERVAL_MS,
        lead: withHeartbeats,
        sweepOnce: whenIndexed(createZombieSweep({ ...deps, graceMs: config.ZOMBIE_GRACE_MS, timeoutMs })),
      }),
      overUnsettled({
        name: 'fail-abandoned',
        intervalMs: config.ABANDONED_INTERVAL_MS,
        lead: withHeartbeats,
        sweepOnce: whenIndexed((now) => failAbandonedOnce({ ...deps, timeoutMs }, now)),
      }),
      overUnsettled({
        name: 'time-out-subtasks',
        intervalMs,
        lead: withHeartbeats,
        sweepOnce: whenIndexed((now) => timeOutSubTasksOnce({ ...deps, timeoutMs }, now)),
      }),
      overUnsettled({
        name: 'time-out-tasks',
        intervalMs,
        lead: withMongodb,
        sweepOnce: (now) => timeOutTasksOnce(deps, now),
      }),
      overUnsettled({
        name: 'abort-held',
        intervalMs: ABORT_INTERVAL_MS,
        idleMs: ABORT_IDLE_MS,
        sweepOnce: whenIndexed((now) => abortHeldOnce(deps, now)),
      }),
      {
        name: 'show-fleet',
        intervalMs: Math.min(gauges.intervalMs, SAMPLE_INTERVAL_MS),
        lead: withMongodb,
        sweepOnce: createFleetSweep({ store, hasUnsettled, show: createFleetGauges(gauges) }),
      },
      {
        name: 'mark-updates',
        intervalMs: MARK_INTERVAL_MS,
        idleMs: MARK_IDLE_MS,
        sweepOnce: createMarkerSweep(gauges),
      },
      {
        name: 'show-queues',
        intervalMs: gauges.intervalMs,
        idleMs: IDLE_FACTOR * gauges.intervalMs,
        sweepOnce: createQueueGauges(gauges),
      },
      // AMQP does not report the members of a queue; the management API does.
      ...(readReplicas
        ? [
            {
              name: 'show-replicas',
              intervalMs: replicasMs,
              sweepOnce: createReplicaSweep({
                store,
                readReplicas,
                show: showReplicas,
                keepMs: INTERVALS_SHOWN * replicasMs,
              }),
            },
          ]
        : []),
      ...[
        { name: 'raise-task-alerts', lead: withMongodb, sweepOnce: alerts.ofTasks },
        { name: 'raise-node-alerts', lead: withHeartbeats, sweepOnce: alerts.ofNodes },
        { name: 'raise-queue-alerts', sweepOnce: alerts.ofQueues },
        { name: 'raise-operation-alerts', lead: withMongodb, sweepOnce: alerts.ofOperations },
        { name: 'raise-exclusion-alerts', lead: withMongodb, sweepOnce: alerts.ofExclusions },
        { name: 'raise-schedule-alerts', lead: withMongodb, sweepOnce: alerts.ofSchedules },
        { name: 'raise-limit-alerts', lead: withMongodb, sweepOnce: alerts.ofLimits },
        { name: 'raise-document-alerts', lead: withMongodb, sweepOnce: alerts.ofDocuments },
        { name: 'end-occurrences', lead: withMongodb, sweepOnce: alerts.ofOccurrences },
        { name: 'note-unsilenced', lead: withMongodb, sweepOnce: alerts.ofUnsilenced },
      ].map((sweep) => ({
        ...sweep,
        intervalMs: config.ALERT_INTERVAL_MS,
        idleMs: IDLE_FACTOR * config.ALERT_INTERVAL_MS,
      })),
      {
        name: 'deliver-alerts',
        intervalMs,
        idleMs: IDLE_DELIVERY_MS,
        lead: withMongodb,
        sweepOnce: alerts.deliver,
      },
      {
        name: 'deliver-task-ends',
        intervalMs,
        idleMs: IDLE_DELIVERY_MS,
        lead: withMongodb,
        sweepOnce: createTaskEndDelivery({ ...deps, countTry }, config),
      },
    ].map(({ lead = withRabbitmq, ...sweep }) => createSweep({ ...sweep, logger, observer, leadership: lead() })),
  ];

  function endIdleWaits() {
    for (const sweep of sweeps) sweep.endIdleWait();
  }
  const events = watchEvents({
    broker,
    publisher,
    logger,
    keys: ['task.*'],
    onEvent() {
      unsettled.noteChange();
      endIdleWaits();
    },
  });

  return createService({
    name: 'heartbeat-monitor',
    config,
    dependencies: { needs: { mongodb: () => store.check(), rabbitmq: () => broker.check() } },
    parts: [store, broker, publisher, createParallel('sweeps', sweeps), consumer, ...events],
    metrics,
  });
}
