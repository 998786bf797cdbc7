import { createKeyRing, createRefusals, createSessionRing } from '@cyberstroll/access';
import type { Owner } from '@cyberstroll/contracts';
import { createLeadership } from '@cyberstroll/coordination';
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
  createSweepMetrics,
  createSweeps,
  type Logger,
  type Service,
  toInstanceId,
  toTls,
} from '@cyberstroll/runtime';
import { createStore } from '@cyberstroll/store';
import { createAdmission } from './adapters/admission';
import { createBroadcast } from './adapters/broadcast';
import { createChangeStreams } from './adapters/change-streams';
import { createEventStreams } from './adapters/event-streams';
import { createWaitingExplainer } from './adapters/explain-waiting';
import { findRights } from './adapters/find-rights';
import { createFleetStatistics } from './adapters/read-fleet-statistics';
import type { Config } from './config';
import { createApp } from './http/app';
import { createRequestDrain } from './http/middleware/request-drain';
import { createScheduleMetrics } from './metrics/schedule-metrics';
import { SWEEPS } from './sweep-table';
import { createOperationSweep } from './sweeps/carry-out-operations';
import { createCompareSweep } from './sweeps/compare-runs';
import { createChainSweep } from './sweeps/continue-chains';
import { createScheduleSweep } from './sweeps/run-schedules';

/** The shortest time between two progress events of a task, in milliseconds. */
const EVENT_INTERVAL_MS = 200;
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
  const changes = createChangeStreams({ store, logger });
  addGauge(
    metrics,
    'cyberstroll_event_streams',
    'Open streams of server-sent events',
    () => streams.count() + changes.count(),
  );
  const caps = createConnectionCaps({
    total: config.MAX_EVENT_STREAMS,
    perAddress: config.MAX_EVENT_STREAMS,
    perKey: config.MAX_EVENT_STREAMS_PER_KEY,
  });
  const observer = createSweepMetrics(metrics);
  const operationLeadership = createLeadership(store.leases, 'task-api:operations').join();
  const scheduleLeadership = createLeadership(store.leases, 'task-api:schedules');
  const ofSchedules = scheduleLeadership.join();
  const ofChains = scheduleLeadership.join();
  const ofComparisons = scheduleLeadership.join();
  const creation = {
    store,
    broadcast,
    admit,
    findRights: (operator: Owner, now: Date) => findRights({ store, keys }, operator, now),
    config,
    logger,
  };
  const continueChains = createChainSweep({ ...creation, leadership: ofChains });
  const runSchedules = createScheduleSweep({
    ...creation,
    leadership: ofSchedules,
    metrics: createScheduleMetrics(metrics),
  });
  const sweeps = createSweeps(SWEEPS, {
    config,
    passes: {
      'carry-out-operations': createOperationSweep({
        store,
        publisher,
        broadcast,
        leadership: operationLeadership,
        auditLogDays: config.AUDIT_LOG_DAYS,
        logger,
      }),
      schedules: async () => runSchedules(await store.getTime()),
      'continue-chains': async () => continueChains(await store.getTime()),
      'compare-runs': createCompareSweep({ store, leadership: ofComparisons, logger }),
    },
    leaderships: {
      operations: () => operationLeadership,
      schedules: () => ofSchedules,
      chains: () => ofChains,
      comparisons: () => ofComparisons,
    },
    logger,
    observer,
  });
  const endIdleWaits = () => {
    for (const sweep of sweeps) sweep.endIdleWait();
  };
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
      changes,
      createParallel('sweeps', sweeps),
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
        noteOperation: endIdleWaits,
        noteSchedule: endIdleWaits,
        drain,
        metrics,
        logger,
        events: { streams, changes, source, caps },
        failpoint: createFailpoint(config.FAILPOINT),
      },
      config,
    ),
    metrics,
  });
}
