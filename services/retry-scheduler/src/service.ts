import { DAY_MS, QUEUES } from '@cyberstroll/contracts';
import {
  createExclusionWatch,
  createLeadership,
  createTaskRound,
  createUnsettledWatch,
} from '@cyberstroll/coordination';
import { createBroker, createServiceUpdateSender, watchEvents } from '@cyberstroll/messaging';
import { createRealtime } from '@cyberstroll/realtime';
import {
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
import type { Config } from './config';
import { createAuditMetrics } from './metrics/audit-metrics';
import { OPERATOR } from './operator';
import { SWEEPS } from './sweep-table';
import { createApplyExclusions } from './sweeps/apply-exclusions';
import { createAudit } from './sweeps/audit';
import { createCleanUpSweep } from './sweeps/clean-up';
import { createDeadLetterHandler, createDeadLetterReport } from './sweeps/dead-letters';
import { followEndedOnce } from './sweeps/follow-ended-once';
import { createFollowInventory } from './sweeps/follow-inventory';
import { createRecallLost } from './sweeps/recall-lost';
import { createRetryAll } from './sweeps/retry-all';
import { createRollUpSweep } from './sweeps/roll-up';

/**
 * The length of one pass of the audit. With the rest after each pass it uses a sixth of the database's time at most.
 */
const AUDIT_PASS_MS = 500;
const AUDIT_REST_FACTOR = 5;
/** Small, since each dead letter may be as large as the largest message. */
const DEAD_LETTER_PREFETCH = 8;
const DEAD_LETTER_REPORT_MS = 1_000;

/**
 * Carries out operators' retries, recalls what was sent and lost, cancels and settles ended tasks, completes what a
 * crash interrupted, audits consistency, cleans up old tasks, and stores dead letters. It sends no work.
 */
export function createRetrySchedulerService(config: Config, logger: Logger): Service {
  const instance = toInstanceId('retry-scheduler', config.INSTANCE_ID);
  const tls = toTls(config);
  const metrics = createMetrics('retry-scheduler');
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
  const realtime = createRealtime({ url: config.REDIS_URL, tls, prefix: config.REDIS_PREFIX, metrics, logger });
  const publisher = broker.createPublisher();
  const updates = createServiceUpdateSender({
    publisher,
    operator: OPERATOR,
    repeatAfterMs: config.CANCEL_REPEAT_MS,
  });
  const leadership = createLeadership(store.leases, 'retry-scheduler');
  const unsettled = createUnsettledWatch(store);
  const { whenIndexed } = store;
  const nextEnded = createTaskRound(store, 'ended');
  const exclusions = createExclusionWatch(store);
  const deps = { store, broker, publisher, realtime, updates, exclusions, logger, nextEnded };
  const applyExclusions = createApplyExclusions(deps);
  const audit = createAudit({
    ...deps,
    metrics: createAuditMetrics(metrics),
    intervalMs: config.AUDIT_INTERVAL_MS,
    passMs: AUDIT_PASS_MS,
    restFactor: AUDIT_REST_FACTOR,
    graceMs: config.AUDIT_GRACE_MS,
    maxSubTasks: config.AUDIT_MAX_SUBTASKS,
    endedMs: config.AUDIT_ENDED_MS,
    expireDays: config.EXPIRE_DAYS,
  });
  // A clean-up of many tasks may last long enough to be given away. The other sweeps do not move with it.
  function createCleanUp(name: 'clean-up' | 'clean-up-large') {
    const own = createLeadership(store.leases, `retry-scheduler:${name}`).join();
    const sweep = createCleanUpSweep({
      store,
      realtime,
      logger,
      instance,
      leadership: own,
      isLarge: name === 'clean-up-large',
      expireDays: config.EXPIRE_DAYS,
      intervalMs: config.CLEAN_UP_INTERVAL_MS,
      archiveDir: config.ARCHIVE_DIR,
    });
    return { ...sweep, leadership: own };
  }
  const [cleanUp, cleanUpLarge] = [createCleanUp('clean-up'), createCleanUp('clean-up-large')];
  const sweeps = createSweeps(SWEEPS, {
    config,
    passes: {
      'recall-lost': whenIndexed(createRecallLost(deps, { resendAfterMs: config.RESEND_AFTER_MS })),
      'retry-all': whenIndexed(createRetryAll(deps)),
      'apply-exclusions': whenIndexed(applyExclusions.sweepOnce),
      'follow-ended': whenIndexed((now) => followEndedOnce(deps, now)),
      'roll-up': createRollUpSweep(deps),
      'follow-inventory': createFollowInventory(deps),
      audit: whenIndexed(audit),
      'clean-up': cleanUp.sweepOnce,
      'clean-up-large': cleanUpLarge.sweepOnce,
    },
    leaderships: {
      mongodb: leadership.join,
      'clean-up': () => cleanUp.leadership,
      'clean-up-large': () => cleanUpLarge.leadership,
    },
    hasUnsettled: unsettled.hasAny,
    logger,
    observer,
  });
  const events = watchEvents({
    broker,
    publisher,
    logger,
    keys: ['task.*', 'node.*', 'exclusion.*'],
    onEvent(event) {
      if (event?.task_id !== undefined) applyExclusions.note(event.task_id);
      else exclusions.noteChange();
      unsettled.noteChange();
      for (const sweep of sweeps) sweep.endIdleWait();
    },
  });

  const report = createDeadLetterReport({
    store,
    registry: metrics,
    publisher,
    logger,
    intervalMs: DEAD_LETTER_REPORT_MS,
  });
  const deadLetters = broker.createConsumer({
    queue: QUEUES.deadLetters,
    prefetch: DEAD_LETTER_PREFETCH,
    anyBody: true,
    handle: createDeadLetterHandler({
      store,
      report,
      logger,
      limits: { maxBytes: config.DEAD_LETTER_MAX_BYTES, keepMs: config.DEAD_LETTER_DAYS * DAY_MS },
    }),
    publisher,
    logger,
  });

  return createService({
    name: 'retry-scheduler',
    config,
    dependencies: {
      needs: { mongodb: () => store.check(), rabbitmq: () => broker.check() },
      uses: { redis: () => realtime.check() },
    },
    parts: [
      store,
      broker,
      realtime,
      publisher,
      report,
      deadLetters,
      createParallel('sweeps', sweeps),
      ...events,
      cleanUp.component,
      cleanUpLarge.component,
    ],
    metrics,
  });
}
