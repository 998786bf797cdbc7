/**
 * Builds the repositories of the store on one connection. The state of a subtask is written only by
 * `subtasks/apply-batch.ts`. The state of a task is written only by `tasks/write-tasks.ts`: for commands
 * (`tasks/task-commands.ts`), retries (`tasks/reopen-task.ts`) and the transitions that the counters demand
 * (`tasks/roll-up.ts`).
 */
import {
  type Alert,
  type AlertNotice,
  alertDocumentSchema,
  type Notice,
  type TaskEnd,
  taskEndDocumentSchema,
} from '@cyberstroll/contracts';
import { AppError, createComponent, type Logger, type SweepOptions, type TlsMaterial } from '@cyberstroll/runtime';
import type { Connection, mongo } from 'mongoose';
import { createAlertFacts } from './alerts/alert-facts';
import { createAlertStore } from './alerts/alert-store';
import { createSilenceStore } from './alerts/silence-store';
import { createApiKeyStore } from './api-keys/api-key-store';
import { createConsistencyAudit } from './audit/consistency-audit';
import { createAuditLog } from './audit-log/audit-log';
import { createStatistics } from './counters/fleet-statistics';
import { createStatisticsSamples } from './counters/statistics-samples';
import { createDeadLetterStore } from './dead-letters/dead-letter-store';
import { createChunkLedger } from './dispatch/chunk-ledger';
import { createJobSources } from './dispatch/job-sources';
import { createQueueLag } from './dispatch/queue-lag';
import { createQueueRates } from './dispatch/queue-rates';
import { createQueueSightings } from './dispatch/queue-sightings';
import { createFleetEvents } from './events/fleet-events';
import { createExclusionStore } from './exclusions/exclusion-store';
import { createFleetPace } from './fleet/fleet-pace';
import { createNodeCounts } from './fleet/node-counts';
import { createNodeRegistry } from './fleet/node-registry';
import { createNodeSamples } from './fleet/node-samples';
import { createFreezeStore } from './freezes/freeze-store';
import { createInventory } from './inventory/follow-completions';
import { createHostRepository } from './inventory/hosts';
import { createWebhookStore } from './inventory/webhook-store';
import { createLeases } from './leases/leases';
import { createLimitStore } from './limits/limit-store';
import { findServerFault } from './mongodb/connection/check-server';
import { connect } from './mongodb/connection/connection';
import { createExportConnection } from './mongodb/connection/export-connection';
import { createWriterSessions } from './mongodb/connection/writer-sessions';
import { createModels } from './mongodb/models/collections';
import { createCollections } from './mongodb/models/create-collections';
import { createDatabase, getDatabaseTime } from './mongodb/models/database';
import { withStoreErrorsInEach } from './mongodb/queries/mongo-errors';
import { createOperationStore } from './operations/operation-store';
import { createOutbox, type OutboxFields } from './outbox/outbox';
import { createRuleSettings } from './rules/rule-settings';
import { createUnreadable } from './rules/unreadable';
import { createScheduleRuns } from './schedules/schedule-runs';
import { createScheduleStore } from './schedules/schedule-store';
import { createSearch } from './search/search';
import { createSessionStore } from './sessions/session-store';
import { createBatchApplier } from './subtasks/apply-batch';
import { createFailedSubTasks } from './subtasks/failed-subtasks';
import { createFindings } from './subtasks/findings';
import { createResults } from './subtasks/results/results';
import { createSubTaskRepository } from './subtasks/subtask-repository';
import { createTaskStateManager } from './task-state-manager';
import { createCleanUp } from './tasks/clean-up';
import { createIdempotencyKeys } from './tasks/idempotency-keys';
import { createScanMethods } from './tasks/scan-methods';
import { createTaskCommands } from './tasks/task-commands';
import { createTaskHolds } from './tasks/task-holds';
import { createTaskRepository } from './tasks/task-repository';
import { createWaitingFacts } from './tasks/waiting-facts';
import { createTaskWriter } from './tasks/write-tasks';

export interface StoreOptions {
  uri: string;
  /** For a URI with `tls=true`. */
  tls?: TlsMaterial;
  /** How long a request waits for a connection, in milliseconds, while all are in use. Default: 5,000. */
  waitQueueTimeoutMS?: number;
  /** This process's name. It owns leases, and one shard of each task's counters. */
  instance: string;
  logger: Logger;
  /** How long a writer's lease on its session lasts after its last renewal, in milliseconds. Default: 5 s. */
  sessionTtlMs?: number;
}

/**
 * The repositories. A service takes the ones that it uses: `Pick<Store,
 * 'tasks'>`. Every method rejects with AppError `transient` `mongodb_unavailable` while MongoDB is unavailable.
 */
export type Store = ReturnType<typeof createStore>;

/** A store. `start` waits until MongoDB can be reached, and creates the missing collections and indexes. */
export function createStore({ uri, tls = {}, waitQueueTimeoutMS, instance, logger, sessionTtlMs }: StoreOptions) {
  const stopping = new AbortController();
  let connection: Connection | undefined;
  let isIndexed = false;
  /** Why it is not connected yet. */
  let fault: unknown = new AppError('mongodb_unavailable', { detail: 'not connected yet' });
  const db = createDatabase(() => {
    if (connection) return connection;
    throw fault;
  });

  const exports = createExportConnection({ uri, tls });
  const sessions = createWriterSessions(db, { owner: instance, ttlMs: sessionTtlMs, logger });
  const getJobSource = createJobSources(db);
  const getTargetIndex = async (taskId: string, count?: number) => (await getJobSource(taskId, count)).targets;
  const getFleetPace = createFleetPace(db);
  const writer = createTaskWriter(db, sessions);
  const freezes = createFreezeStore(db);
  const silences = createSilenceStore(db);
  const exclusions = createExclusionStore(db);
  const commands = createTaskCommands({ db, sessions, writer, getFleetPace, exclusions, freezes });
  const { countFailed } = createFailedSubTasks({ db, getTargetIndex });
  const tasks = createTaskRepository({ db, commands, writer, getFleetPace, getJobSource, countFailed });
  const applyBatch = createBatchApplier({ db, sessions, shard: instance, getTargetIndex });
  const subTasks = createSubTaskRepository({ db, readTask: commands.readTask, getTargetIndex, applyBatch });
  const chunks = createChunkLedger(db);
  const cleanUp = createCleanUp(db);
  const holds = createTaskHolds(db, writer);
  const statistics = createStatistics(db, { ...freezes, ...holds, ...silences });
  const taskStates = createTaskStateManager({ db, commands, tasks, subTasks, chunks, statistics, cleanUp });

  const component = createComponent('store', {
    async start() {
      const prepare = async (opened: Connection) => {
        const detail = await findServerFault(opened);
        if (detail !== undefined) throw new AppError('mongodb_unsupported', { detail });
        const { built } = await createCollections(createModels(opened), { logger, signal: stopping.signal });
        void built.then((all) => {
          isIndexed = all;
        });
      };
      const failed = (error: unknown) => {
        fault = error;
      };
      connection = await connect({ uri, tls, waitQueueTimeoutMS }, prepare, {
        logger,
        signal: stopping.signal,
        failed,
      });
      sessions.start();
    },
    async stop() {
      if (!connection) return;
      await sessions.stop();
      await exports.close();
      await connection.close();
    },
  });

  const { probe, ...repositories } = withStoreErrorsInEach({
    probe: {
      /** Rejects unless MongoDB answers a ping. */
      async check(): Promise<void> {
        await db.connection.db!.command({ ping: 1 });
      },
      /** MongoDB's clock, for what must not depend on the clocks of processes. */
      getTime: (): Promise<Date> => getDatabaseTime(db),
    },
    /** Contract 4.1 as one object. Services use the repositories. */
    taskStates,
    tasks,
    subTasks,
    chunks,
    statistics,
    cleanUp,
    exclusions,
    results: createResults(db, exports.open),
    findings: createFindings(db),
    inventory: createInventory({ db, sessions, getJobSource, exclusions }),
    hosts: createHostRepository(db),
    webhooks: createWebhookStore(db),
    scanMethods: createScanMethods(db),
    nodes: createNodeRegistry(db),
    nodeSamples: createNodeSamples(db),
    nodeCounts: createNodeCounts(db, instance),
    deadLetters: createDeadLetterStore(db),
    leases: createLeases(db, instance),
    limits: createLimitStore(db, { getTargetIndex }),
    waiting: createWaitingFacts(db),
    audit: createConsistencyAudit(db),
    samples: createStatisticsSamples(db),
    fleetEvents: createFleetEvents(db),
    search: createSearch(db),
    queues: createQueueSightings(db),
    queueLag: createQueueLag(db),
    queueRates: createQueueRates(db),
    alerts: createAlertStore(db, silences),
    silences,
    alertOutbox: createOutbox<Alert, AlertNotice>(() => asOutbox(db.alerts), {
      id: 'alert_id',
      schema: alertDocumentSchema,
    }),
    taskEndOutbox: createOutbox<TaskEnd, Notice>(() => asOutbox(db.taskEnds), {
      id: 'end_id',
      schema: taskEndDocumentSchema,
      deletesEmpty: true,
      waitsUntil: 'compare_until',
    }),
    alertFacts: createAlertFacts(db),
    idempotency: createIdempotencyKeys(db),
    auditLog: createAuditLog(db),
    operations: createOperationStore(db),
    schedules: createScheduleStore(db),
    scheduleRuns: createScheduleRuns(db),
    freezes,
    holds,
    ruleSettings: createRuleSettings(db),
    unreadable: createUnreadable(db),
    apiKeys: createApiKeyStore(db, sessions),
    sessions: createSessionStore(db, sessions),
  });

  return {
    ...component,
    stop() {
      stopping.abort();
      return component.stop();
    },
    /** Whether every index exists. */
    isIndexed: (): boolean => isIndexed,
    /** For a sweep that looks for subtasks by an index: its passes do nothing until every index exists. */
    whenIndexed(sweepOnce: SweepOnce): SweepOnce {
      return async (now) => (isIndexed ? sweepOnce(now) : undefined);
    },
    ...probe,
    ...repositories,
  };
}

type SweepOnce = SweepOptions['sweepOnce'];

const asOutbox = (collection: unknown) => collection as mongo.Collection<OutboxFields>;
