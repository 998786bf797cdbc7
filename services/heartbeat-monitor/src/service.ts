import { QUEUES } from '@cyberstroll/contracts';
import { createBroker, createUpdateSender } from '@cyberstroll/messaging';
import { createService, createSweep, type Logger, type Service, toInstanceId } from '@cyberstroll/runtime';
import { createStore } from '@cyberstroll/store';
import { OPERATOR } from './adapters/announce';
import { failOrphansOnce } from './adapters/fail-orphans-once';
import { failSilentOnce } from './adapters/fail-silent-once';
import { createHeartbeatHandler } from './adapters/handle-heartbeat';
import { timeOutSubTasksOnce } from './adapters/time-out-subtasks-once';
import { timeOutTasksOnce } from './adapters/time-out-tasks-once';
import { createLinkWatch } from './adapters/watch-links';
import type { Config } from './config';

/** Knows which nodes live, fails what dead ones held, and keeps the deadlines of subtasks and tasks. */
export function createHeartbeatMonitorService(config: Config, logger: Logger): Service {
  const instance = toInstanceId('heartbeat-monitor', config.INSTANCE_ID);
  const store = createStore({ uri: config.MONGODB_URI, instance, logger });
  const broker = createBroker({ url: config.RABBITMQ_URL, name: instance, logger });
  const publisher = broker.createPublisher();
  const updates = createUpdateSender({ publisher, operator: OPERATOR, repeatAfterMs: config.UPDATE_REPEAT_MS });
  const timeoutMs = config.HEARTBEAT_TIMEOUT_MS;
  const links = createLinkWatch({ store, broker }, timeoutMs, new Date());

  const deps = { store, publisher, updates, logger };
  const consumer = broker.createConsumer({
    queue: QUEUES.heartbeats,
    prefetch: 200,
    handle: createHeartbeatHandler(deps),
    publisher,
    logger,
  });
  const intervalMs = config.SWEEP_INTERVAL_MS;
  const sweeps = [
    // Every replica watches its own links; the others are the duty of one.
    createSweep({ name: 'watch-links', intervalMs, sweepOnce: links.lookOnce, logger }),
    ...[
      {
        name: 'fail-silent',
        intervalMs,
        sweepOnce: (now: Date) => failSilentOnce({ ...deps, timeoutMs, canJudge: links.canJudge }, now),
      },
      {
        name: 'fail-orphans',
        intervalMs: config.ORPHAN_INTERVAL_MS,
        sweepOnce: (now: Date) => failOrphansOnce(deps, now),
      },
      { name: 'time-out-subtasks', intervalMs, sweepOnce: (now: Date) => timeOutSubTasksOnce(deps, now) },
      { name: 'time-out-tasks', intervalMs, sweepOnce: (now: Date) => timeOutTasksOnce(deps, now) },
    ].map((sweep) => createSweep({ ...sweep, logger, duty: store.leases.duty(`heartbeat-monitor:${sweep.name}`) })),
  ];

  return createService({
    name: 'heartbeat-monitor',
    config,
    checks: { mongodb: () => store.check(), rabbitmq: () => broker.check() },
    parts: [store, broker, publisher, ...sweeps, consumer],
  });
}
