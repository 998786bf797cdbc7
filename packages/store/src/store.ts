import type { SessionStore } from '@cyberstroll/access';
import type { Alert, AlertNotice, Notice, TaskEnd } from '@cyberstroll/contracts';
import type { Component } from '@cyberstroll/runtime';
import type { AlertFacts } from './alerts/alert-facts';
import type { AlertStore } from './alerts/alert-store';
import type { ApiKeyStore } from './api-keys/api-key-store';
import type { ConsistencyAudit } from './audit/consistency-audit';
import type { AuditLog } from './audit-log/audit-log';
import type { Statistics } from './counters/fleet-statistics';
import type { StatisticsSamples } from './counters/statistics-samples';
import type { DeadLetterStore } from './dead-letters/dead-letter-store';
import type { ChunkLedger } from './dispatch/chunk-ledger';
import type { QueueLag } from './dispatch/queue-lag';
import type { QueueSightings } from './dispatch/queue-sightings';
import type { NodeRegistry } from './fleet/node-registry';
import type { NodeSamples } from './fleet/node-samples';
import type { LeaseStore } from './leases/leases';
import type { OperationStore } from './operations/operation-store';
import type { Outbox } from './outbox/outbox';
import type { Search } from './search/search';
import type { ResultRepository } from './subtasks/results';
import type { SubTaskRepository } from './subtasks/subtask-repository';
import type { TaskStateManager } from './task-state-manager';
import type { CleanUp } from './tasks/clean-up';
import type { IdempotencyKeys } from './tasks/idempotency-keys';
import type { TaskRepository } from './tasks/task-repository';
import type { WaitingFacts } from './tasks/waiting-facts';

export type { AlertSighting } from './alerts/alert-store';
export type { ApiKeyStore, NewApiKey } from './api-keys/api-key-store';
export type { ConsistencyAudit, TaskAudit } from './audit/consistency-audit';
export type { Orphans } from './audit/orphan-search';
export type { SlicedRecount } from './audit/recount-subtasks';
export type { AuditedTask } from './audit-log/audit-log';
export type { DeadLetterQuery, DeadLetterStore } from './dead-letters/dead-letter-store';
export type { ChunkLedger } from './dispatch/chunk-ledger';
export type { DispatchTask } from './dispatch/dispatch-queries';
export type { NodeProcesses, NodeRegistry } from './fleet/node-registry';
export type { LeaseStore } from './leases/leases';
export type { Chunk } from './mongodb/models/documents';
export type { OpenOperation, TaskOutcome } from './operations/operation-store';
export type { DueDelivery, Outbox } from './outbox/outbox';
export type { BatchOutcome } from './subtasks/apply-batch';
export type { ResultQuery, ResultRepository } from './subtasks/results';
export type { SubTaskPageQuery } from './subtasks/subtask-pages';
export type { HeldClaim, SubTaskRepository } from './subtasks/subtask-repository';
export type { TaskStateManager } from './task-state-manager';
export type { CleanUp } from './tasks/clean-up';
export type { IdempotencyKeys } from './tasks/idempotency-keys';
export type { ReopenedTask } from './tasks/reopen-task';
export type { FoundRollUp, TaskRollUp } from './tasks/roll-up';
export type { Standing } from './tasks/standings';
export type { MovedTask, UnsettledKind, UnsettledTask } from './tasks/sweep-queries';
export type { ChangedStatus, NewTask } from './tasks/task-commands';
export type { TaskRepository } from './tasks/task-repository';
export type { TaskWrite } from './tasks/write-tasks';

/**
 * The repositories. Each has its own interface in its folder. A service takes the ones that it uses: `Pick<Store,
 * 'tasks'>`. Every method rejects with AppError `transient` `mongodb_unavailable` while MongoDB is unavailable.
 */
export interface Store extends Component {
  /** Contract 4.1 as one object. Services use the repositories. */
  readonly taskStates: TaskStateManager;
  readonly tasks: TaskRepository;
  readonly subTasks: SubTaskRepository;
  readonly results: ResultRepository;
  readonly chunks: ChunkLedger;
  readonly nodes: NodeRegistry;
  readonly leases: LeaseStore;
  readonly waiting: WaitingFacts;
  readonly deadLetters: DeadLetterStore;
  readonly audit: ConsistencyAudit;
  readonly statistics: Statistics;
  readonly samples: StatisticsSamples;
  readonly nodeSamples: NodeSamples;
  readonly search: Search;
  readonly queues: QueueSightings;
  readonly queueLag: QueueLag;
  readonly alerts: AlertStore;
  readonly alertOutbox: Outbox<Alert, AlertNotice>;
  readonly taskEndOutbox: Outbox<TaskEnd, Notice>;
  readonly alertFacts: AlertFacts;
  readonly cleanUp: CleanUp;
  readonly idempotency: IdempotencyKeys;
  readonly auditLog: AuditLog;
  readonly operations: OperationStore;
  readonly apiKeys: ApiKeyStore;
  readonly sessions: SessionStore;
  /** Rejects unless MongoDB answers a ping. */
  check(): Promise<void>;
}
