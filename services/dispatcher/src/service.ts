import {
  createDatabaseClock,
  createExclusionWatch,
  createLeadership,
  createLimitTurns,
  createUnsettledWatch,
} from '@cyberstroll/coordination';
import { createBroker, watchEvents } from '@cyberstroll/messaging';
import {
  addGauge,
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
import { createTaskLeases } from './adapters/task-leases';
import type { Config } from './config';
import { createDispatch } from './pass/dispatch-pass';
import { SWEEPS } from './sweep-table';
import { createApplyHolds } from './sweeps/apply-holds';
import { createPublishRules } from './sweeps/publish-rules';
import { createSettleEnded } from './sweeps/settle-ended-once';

/** Sends targets out as chunks of subtasks, a window at a time, fairly between tasks. */
export function createDispatcherService(config: Config, logger: Logger): Service {
  const instance = toInstanceId('dispatcher', config.INSTANCE_ID);
  const tls = toTls(config);
  const metrics = createMetrics('dispatcher');
  const observer = createSweepMetrics(metrics);
  const store = createStore({ uri: config.MONGODB_URI, tls, instance, logger });
  const broker = createBroker({
    url: config.RABBITMQ_URL,
    tls,
    name: instance,
    logger,
    metrics,
  });
  const publisher = broker.createPublisher();
  const leases = createTaskLeases(store.leases, { ttlMs: config.TASK_LEASE_MS });
  addGauge(metrics, 'cyberstroll_task_leases_held', 'Tasks whose lease this replica holds; it dispatches them', () =>
    leases.countMine(),
  );

  const unsettled = createUnsettledWatch(store);
  const leadership = createLeadership(store.leases, 'dispatcher');
  const limits = createLimitTurns(store);
  const exclusions = createExclusionWatch(store);
  const deps = { store, broker, publisher, leases, limits, exclusions, logger };
  const dispatch = createDispatch(deps);
  const publishRules = createPublishRules(deps);
  const applyHolds = createApplyHolds(deps);
  // What begins and ends by its time follows the clock of MongoDB.
  const readClock = createDatabaseClock(store);
  const sweeps = createSweeps(SWEEPS, {
    config,
    passes: {
      dispatch: async () => dispatch.dispatchOnce(await readClock()),
      'publish-rules': async () => publishRules(await readClock()),
      'apply-holds': async () => applyHolds(await readClock()),
      'settle-ended': createSettleEnded(deps),
    },
    leaderships: { mongodb: leadership.join },
    hasUnsettled: unsettled.hasAny,
    logger,
    observer,
  });
  /** Events that a sweep may have waited for, such as a new or a resumed task, or a node that is online or lost. */
  const events = watchEvents({
    broker,
    publisher,
    logger,
    keys: ['task.*', 'node.*', 'exclusion.*', 'subtask.retrying'],
    onEvent(event) {
      const { type, task_id, node_id } = event ?? {};
      if (type === undefined || type.startsWith('exclusion.')) exclusions.noteChange();
      if (type === undefined || type === 'task.held' || type === 'task.released') dispatch.noteRules();
      if (task_id !== undefined) dispatch.noteTask(task_id);
      if (node_id !== undefined) dispatch.noteNode(node_id, type === 'node.online' || type === 'node.busy');
      unsettled.noteChange();
      for (const sweep of sweeps) sweep.endIdleWait();
    },
  });

  return createService({
    name: 'dispatcher',
    config,
    dependencies: { needs: { mongodb: () => store.check(), rabbitmq: () => broker.check() } },
    parts: [store, broker, publisher, leases, dispatch.turnAhead, createParallel('sweeps', sweeps), ...events],
    metrics,
  });
}
