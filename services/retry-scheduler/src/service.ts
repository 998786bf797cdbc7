import { QUEUES } from '@cyberstroll/contracts';
import { createBroker, createServiceUpdateSender, watchEvents } from '@cyberstroll/messaging';
import { createRealtime } from '@cyberstroll/realtime';
import {
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
import {
  createExclusionWatch,
  createLeadership,
  createLimitTurns,
  createStore,
  createTaskRound,
  createUnsettledWatch,
} from '@cyberstroll/store';
import type { Config } from './config';
import { createRetryAgenda } from './core/retry-agenda';
import { createAuditMetrics } from './metrics/audit-metrics';
import { OPERATOR } from './operator';
import { createApplyExclusions } from './sweeps/apply-exclusions';
import { createAudit } from './sweeps/audit';
import { createCleanUpSweep } from './sweeps/clean-up';
import { createDeadLetterHandler, createDeadLetterReport } from './sweeps/dead-letters';
import { followEndedOnce } from './sweeps/follow-ended-once';
import { recallLostOnce } from './sweeps/recall-lost-once';
import { createRetryAll } from './sweeps/retry-all';
import { createRollUpSweep } from './sweeps/roll-up';
import { createSendRetries } from './sweeps/send-retries';

/**
 * The length of one pass of the audit. With the rest after each pass it uses a sixth of the database's time at most.
 */
const AUDIT_PASS_MS = 500;
const AUDIT_REST_FACTOR = 5;
const AUDIT_TICK_MS = 1_000;
/** A clean-up that an operator asks for starts within this time, … */
const CLEAN_UP_TICK_MS = 2_000;
/** … and within this one if nothing was to be deleted, nor any task changed, since the last pass. */
const CLEAN_UP_IDLE_MS = 5_000;

/** Between two looks for due retries while none is known. The event of a task or of a retry ends the wait. */
const IDLE_MS = 2_000;
/** Between two passes that cancel what is excluded, while there is more of it. */
const EXCLUSIONS_MS = 250;
/** Between two checks for retries that nodes dropped while their task was paused, or that a lost node may have. */
const RECALL_INTERVAL_MS = 1_000;
/** Small, since each dead letter may be as large as the largest message. */
const DEAD_LETTER_PREFETCH = 8;
const DEAD_LETTER_REPORT_MS = 1_000;
const DAY_MS = 86_400_000;

/**
 * Sends due retries, cancels and settles ended tasks, completes what a crash interrupted, audits consistency, cleans up
 * old tasks, and stores dead letters.
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
    stateQueues: config.STATE_QUEUES,
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
  const { overUnsettled, noteChange } = createUnsettledWatch(store);
  const nextEnded = createTaskRound(store, 'ended');
  const agenda = createRetryAgenda();
  const nextRetrying = createTaskRound(store, 'retrying');
  const limits = createLimitTurns(store);
  const exclusions = createExclusionWatch(store);
  const deps = { store, broker, publisher, limits, realtime, updates, exclusions, logger, nextEnded, nextRetrying };
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
  const cleanUpLeadership = createLeadership(store.leases, 'retry-scheduler:clean-up').join();
  const cleanUp = createCleanUpSweep({
    store,
    realtime,
    logger,
    instance,
    leadership: cleanUpLeadership,
    expireDays: config.EXPIRE_DAYS,
    intervalMs: config.CLEAN_UP_INTERVAL_MS,
    archiveDir: config.ARCHIVE_DIR,
  });
  const overSubTasks = [
    {
      name: 'send-retries',
      intervalMs: config.RETRY_INTERVAL_MS,
      idleMs: IDLE_MS,
      sweepOnce: createSendRetries({ ...deps, agenda, resendMs: config.RETRY_RESEND_MS }),
    },
    {
      name: 'recall-retries',
      intervalMs: RECALL_INTERVAL_MS,
      sweepOnce: async (now: Date) => ({
        recalled: await store.subTasks.recallRetries(new Date(now.getTime() - config.RETRY_RESEND_MS), now),
      }),
    },
    {
      name: 'recall-lost',
      intervalMs: RECALL_INTERVAL_MS,
      sweepOnce: (now: Date) => recallLostOnce(deps, now),
    },
    {
      name: 'retry-all',
      intervalMs: config.RETRY_INTERVAL_MS,
      idleMs: 1_000,
      sweepOnce: createRetryAll(deps),
    },
    {
      name: 'apply-exclusions',
      intervalMs: EXCLUSIONS_MS,
      idleMs: 1_000,
      sweepOnce: applyExclusions.sweepOnce,
    },
    {
      name: 'follow-ended',
      intervalMs: config.FOLLOW_INTERVAL_MS,
      sweepOnce: (now: Date) => followEndedOnce(deps, now),
    },
  ].map((sweep) => overUnsettled({ ...sweep, sweepOnce: store.whenIndexed(sweep.sweepOnce) }));
  const overTasks = [
    overUnsettled({
      name: 'roll-up',
      intervalMs: config.ROLL_UP_INTERVAL_MS,
      sweepOnce: createRollUpSweep(deps),
    }),
    {
      name: 'audit',
      intervalMs: Math.min(AUDIT_TICK_MS, config.AUDIT_INTERVAL_MS),
      sweepOnce: store.whenIndexed(audit),
    },
  ];
  const sweeps = [
    ...[...overSubTasks, ...overTasks].map((sweep) => ({ ...sweep, leadership: leadership.join() })),
    {
      name: 'clean-up',
      intervalMs: Math.min(CLEAN_UP_TICK_MS, config.CLEAN_UP_INTERVAL_MS),
      idleMs: Math.min(CLEAN_UP_IDLE_MS, config.CLEAN_UP_INTERVAL_MS),
      sweepOnce: cleanUp.sweepOnce,
      leadership: cleanUpLeadership,
    },
  ].map((sweep) => createSweep({ ...sweep, logger, observer }));
  const events = watchEvents({
    broker,
    publisher,
    logger,
    keys: ['task.*', 'subtask.retrying', 'exclusion.*'],
    onEvent(event) {
      if (event?.task_id !== undefined) agenda.note(event.task_id);
      if (event?.task_id !== undefined) applyExclusions.note(event.task_id);
      if (event?.task_id === undefined) exclusions.noteChange();
      const isRetry = event?.type === 'subtask.retrying';
      if (!isRetry) noteChange();
      for (const sweep of sweeps) if (!isRetry || sweep.name === 'send-retries') sweep.endIdleWait();
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
    ],
    metrics,
  });
}
