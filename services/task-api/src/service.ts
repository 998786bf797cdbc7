import { createKeyRing, createRefusals, createSessionRing } from '@cyberstroll/access';
import { createBroker } from '@cyberstroll/messaging';
import {
  createConnectionCaps,
  createProgressHub,
  createSnapshotCounter,
  createSnapshotSource,
} from '@cyberstroll/progress';
import { createRealtime } from '@cyberstroll/realtime';
import {
  addGauge,
  createFailpoint,
  createMetrics,
  createParallel,
  createService,
  createSweep,
  createSweepMetrics,
  type Logger,
  type Service,
  toInstanceId,
  toTls,
} from '@cyberstroll/runtime';
import { createLeadership, createStore } from '@cyberstroll/store';
import { createAdmission } from './adapters/admission';
import { createBroadcast } from './adapters/broadcast';
import { createEventStreams } from './adapters/event-streams';
import { createWaitingExplainer } from './adapters/explain-waiting';
import { findRights } from './adapters/find-rights';
import { createFleetStatistics } from './adapters/read-fleet-statistics';
import type { Config } from './config';
import { createApp } from './http/app';
import { createRequestDrain } from './http/middleware/request-drain';
import { createScheduleMetrics } from './metrics/schedule-metrics';
import { createOperationSweep, OPERATION_LANES } from './sweeps/carry-out-operations';
import { createCompareSweep } from './sweeps/compare-runs';
import { createScheduleSweep } from './sweeps/run-schedules';

/** The shortest time between two progress events of a task, in milliseconds. */
const EVENT_INTERVAL_MS = 200;
/** Interval of the check for commands for many tasks, in milliseconds. */
const OPERATIONS_INTERVAL_MS = 1_000;
/** The same after a check that found none. A command that this replica stores ends the wait. */
const OPERATIONS_IDLE_MS = 2_000;
/** Interval of the check for due schedules, in milliseconds; and after a check that found none. */
const SCHEDULES_INTERVAL_MS = 1_000;
const SCHEDULES_IDLE_MS = 5_000;

/**
 * The only HTTP surface: creates, queries and controls tasks. Stateless: replicas share only the backing services. It
 * writes task state with the store's guarded writes and never writes a subtask: it publishes retries as service
 * updates.
 */
export function createTaskApiService(config: Config, logger: Logger): Service {
  const instance = toInstanceId('task-api', config.INSTANCE_ID);
  const tls = toTls(config);
  const metrics = createMetrics('task-api');
  const store = createStore({ uri: config.MONGODB_URI, tls, instance, logger });
  const keys = createKeyRing({ apiKeys: store.apiKeys, bootstrap: config.API_KEYS, logger });
  const sessions = createSessionRing({ sessions: store.sessions, keys, bootstrap: config.API_KEYS, logger });
  const broker = createBroker({
    url: config.RABBITMQ_URL,
    tls,
    name: instance,
    stateQueues: config.STATE_QUEUES,
    logger,
    metrics,
  });
  const realtime = createRealtime({ url: config.REDIS_URL, tls, prefix: config.REDIS_PREFIX, metrics, logger });
  const publisher = broker.createPublisher();
  const namedPublisher = broker.createPublisher({ namesUser: true });
  const broadcast = createBroadcast({ store, publisher, realtime, logger });
  const admit = createAdmission(
    { broker, store },
    { maxMessages: config.MAX_BACKLOG, maxLagSeconds: config.MAX_UPDATE_LAG },
  );
  const waiting = createWaitingExplainer({ store, broker });
  const statistics = createFleetStatistics({ store, broker });
  const drain = createRequestDrain();
  const source = createSnapshotSource({
    readStore: (taskId) => store.tasks.findSnapshot(taskId),
    readCache: (taskId) => realtime.findProgress(taskId),
  });
  const hub = createProgressHub({
    realtime,
    source,
    logger,
    countSnapshot: createSnapshotCounter(metrics),
    pushIntervalMs: EVENT_INTERVAL_MS,
    now: () => performance.now(),
  });
  const streams = createEventStreams({ hub, readHistory: (taskId) => store.tasks.getTaskStatus(taskId), logger });
  addGauge(metrics, 'cyberstroll_event_streams', 'Open streams of server-sent events', () => streams.count());
  const caps = createConnectionCaps({
    total: config.MAX_EVENT_STREAMS,
    perAddress: config.MAX_EVENT_STREAMS,
    perKey: config.MAX_EVENT_STREAMS_PER_KEY,
  });
  const observer = createSweepMetrics(metrics);
  const operations = Object.entries(OPERATION_LANES).map(([name, actions]) => {
    const leadership = createLeadership(store.leases, `task-api:${name}`).join();
    const sweepOnce = createOperationSweep(
      { store, publisher, broadcast, leadership, auditLogDays: config.AUDIT_LOG_DAYS, logger },
      actions,
    );
    const times = { intervalMs: OPERATIONS_INTERVAL_MS, idleMs: OPERATIONS_IDLE_MS };
    return createSweep({ name, ...times, sweepOnce, leadership, observer, logger });
  });
  const scheduleLeadership = createLeadership(store.leases, 'task-api:schedules');
  const schedules = createSchedules();
  const comparisons = createComparisons();
  return createService({
    name: 'task-api',
    config,
    dependencies: {
      needs: { mongodb: () => store.check() },
      uses: { rabbitmq: () => broker.check(), redis: () => realtime.check() },
    },
    parts: [
      realtime,
      store,
      keys,
      sessions,
      broker,
      publisher,
      namedPublisher,
      hub,
      drain,
      streams,
      createParallel('operations', [...operations, schedules, comparisons]),
    ],
    listener: createApp(
      {
        store,
        keys,
        sessions,
        refusals: createRefusals({ auditLog: store.auditLog, days: config.AUDIT_LOG_DAYS, logger }),
        publisher,
        namedPublisher,
        realtime,
        broadcast,
        waiting,
        admit,
        statistics,
        noteOperation: () => {
          for (const sweep of operations) sweep.endIdleWait();
        },
        noteSchedule: () => schedules.endIdleWait(),
        drain,
        metrics,
        logger,
        events: { streams, source, caps },
        failpoint: createFailpoint(config.FAILPOINT),
      },
      config,
    ),
    metrics,
  });

  function createSchedules() {
    const leadership = scheduleLeadership.join();
    const sweepOnce = createScheduleSweep({
      store,
      broadcast,
      admit,
      findRights: (operator, now) => findRights({ store, keys }, operator, now),
      leadership,
      metrics: createScheduleMetrics(metrics),
      config,
      logger,
    });
    return createSweep({
      name: 'schedules',
      intervalMs: SCHEDULES_INTERVAL_MS,
      idleMs: SCHEDULES_IDLE_MS,
      sweepOnce: async () => sweepOnce(await store.getTime()),
      leadership,
      observer,
      logger,
    });
  }

  function createComparisons() {
    const leadership = scheduleLeadership.join();
    const sweepOnce = createCompareSweep({ store, leadership, logger });
    const times = { intervalMs: SCHEDULES_INTERVAL_MS, idleMs: SCHEDULES_IDLE_MS };
    return createSweep({ name: 'compare-runs', ...times, sweepOnce, leadership, observer, logger });
  }
}
