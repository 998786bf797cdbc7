import { QUEUES } from '@cyberstroll/contracts';
import { createLeadership, createUnsettledWatch } from '@cyberstroll/coordination';
import { createBroker, createReplicaReader, createServiceUpdateSender, watchEvents } from '@cyberstroll/messaging';
import {
  createMetrics,
  createParallel,
  createService,
  createSweepMetrics,
  createSweeps,
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
import { createChangeDelivery } from './delivery/deliver-changes';
import { createTaskEndDelivery } from './delivery/deliver-task-ends';
import { createDeliveryCounter } from './delivery/delivery-counter';
import { INTERVALS_SHOWN } from './metrics/fresh-gauge';
import { createFleetGauges, createQueueGauges, createReplicaGauges } from './metrics/gauges';
import { OPERATOR } from './operator';
import { SWEEPS } from './sweep-table';
import { abortHeldOnce } from './sweeps/abort-held';
import { createClaimCheck } from './sweeps/check-claims';
import { createHeartbeatHandler } from './sweeps/handle-heartbeat';
import { createMarkerSweep } from './sweeps/mark-updates';
import { createFleetSweep } from './sweeps/show-fleet';
import { createReplicaSweep } from './sweeps/show-replicas';
import { timeOutTasksOnce } from './sweeps/time-out-tasks';
import { createLinkWatch } from './sweeps/watch-links';

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
  const { whenIndexed } = store;
  const countTry = createDeliveryCounter(metrics);
  const alerts = createAlertSweeps({ ...deps, broker, registry: metrics, countTry, onChange: endIdleWaits }, config);
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
  const gauges = { store, broker, publisher, registry: metrics, intervalMs: config.METRICS_INTERVAL_MS };
  const showReplicas = createReplicaGauges(gauges);
  const managementUrl = config.RABBITMQ_MANAGEMENT_URL;
  const readReplicas = managementUrl && createReplicaReader({ url: config.RABBITMQ_URL, managementUrl });
  /** Sweeps that need the same have one leader: a replica that lacks it leads none of them, and may lead the others. */
  const leadWith = (need: string, isAble: (now: Date) => boolean) => {
    const leadership = createLeadership(store.leases, `heartbeat-monitor:${need}`);
    return () => toAbleLeadership(leadership.join(), isAble);
  };
  const breaker = { timeoutMs, share: config.BREAKER_SHARE, holdMs: config.BREAKER_HOLD_MS };
  const sweeps = createSweeps(SWEEPS, {
    config,
    passes: {
      'watch-links': links.checkOnce,
      'check-claims': whenIndexed(
        createClaimCheck({ ...deps, rules: { ...breaker, graceMs: config.ZOMBIE_GRACE_MS } }),
      ),
      'time-out-tasks': (now) => timeOutTasksOnce(deps, now),
      'abort-held': whenIndexed((now) => abortHeldOnce(deps, now)),
      'show-fleet': createFleetSweep({ store, show: createFleetGauges(gauges) }),
      'mark-updates': createMarkerSweep({ ...gauges, hasUnsettled: unsettled.hasAny }),
      'show-queues': createQueueGauges(gauges),
      // AMQP does not report the members of a queue; the management API does.
      'show-replicas': readReplicas
        ? createReplicaSweep({ store, readReplicas, show: showReplicas, keepMs: INTERVALS_SHOWN * gauges.intervalMs })
        : undefined,
      'raise-alerts': alerts.ofDatabase,
      'raise-node-alerts': alerts.ofNodes,
      'raise-queue-alerts': alerts.ofQueues,
      'deliver-alerts': alerts.deliver,
      'deliver-task-ends': createTaskEndDelivery({ ...deps, countTry }, config),
      'deliver-changes': createChangeDelivery({ ...deps, countTry }, config),
    },
    leaderships: {
      mongodb: leadWith('mongodb', () => true),
      rabbitmq: leadWith('rabbitmq', () => broker.isConnected()),
      heartbeats: leadWith('heartbeats', links.canDeclareSilent),
    },
    hasUnsettled: unsettled.hasAny,
    logger,
    observer,
  });

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
