import type {
  CreateTaskBody,
  Page,
  Progress,
  ProgressSnapshot,
  SubTask,
  SubTaskTransition,
  SubTaskUpdate,
  Task,
  TaskStatistics,
  TouchedCounts,
} from '@cyberstroll/contracts';
import type { Component } from '@cyberstroll/runtime';
import type { SubTaskStatus, TaskStatus } from '@cyberstroll/state-machine';
import type { TargetSet } from '@cyberstroll/targets';
import type { IncomingUpdate, TaskTransition, UpdateResult } from '@cyberstroll/task-state';
import type { AlertFacts } from './alerts/alert-facts';
import type { AlertOutbox } from './alerts/alert-outbox';
import type { AlertStore } from './alerts/alert-store';
import type { ConsistencyAudit } from './audit/consistency-audit';
import type { Statistics } from './counters/fleet-statistics';
import type { DeadLetterStore } from './dead-letters/dead-letter-store';
import type { ChunkLedger } from './dispatch/chunk-ledger';
import type { JobSource } from './dispatch/job-sources';
import type { QueueLag } from './dispatch/queue-lag';
import type { QueueSightings } from './dispatch/queue-sightings';
import type { NodeRegistry } from './fleet/node-registry';
import type { WaitingFacts } from './fleet/waiting-facts';
import type { LeaseStore } from './leases/leases';
import type { CleanUp } from './tasks/clean-up';
import type { IdempotencyKeys } from './tasks/idempotency-keys';

export type { AlertSighting } from './alerts/alert-store';
export type { ConsistencyAudit, TaskAudit } from './audit/consistency-audit';
export type { Orphans } from './audit/orphan-search';
export type { SlicedRecount } from './audit/recount-subtasks';
export type { DeadLetterQuery, DeadLetterStore } from './dead-letters/dead-letter-store';
export type { Chunk, ChunkLedger } from './dispatch/chunk-ledger';
export type { JobSource } from './dispatch/job-sources';
export type { NodeProcesses, NodeRegistry } from './fleet/node-registry';
export type { LeaseStore } from './leases/leases';
export type { CleanUp } from './tasks/clean-up';
export type { IdempotencyKeys } from './tasks/idempotency-keys';

/** The store's public face. Every method rejects with AppError kind `transient` while MongoDB is out of reach. */
export interface Store extends Component {
  readonly taskStates: TaskStateManager;
  readonly tasks: TaskQueries;
  readonly subTasks: SubTaskQueries;
  readonly chunks: ChunkLedger;
  readonly nodes: NodeRegistry;
  readonly leases: LeaseStore;
  readonly waiting: WaitingFacts;
  readonly deadLetters: DeadLetterStore;
  readonly audit: ConsistencyAudit;
  readonly statistics: Statistics;
  readonly queues: QueueSightings;
  readonly queueLag: QueueLag;
  readonly alerts: AlertStore;
  readonly alertOutbox: AlertOutbox;
  readonly alertFacts: AlertFacts;
  readonly cleanUp: CleanUp;
  readonly idempotency: IdempotencyKeys;
  /** Throws unless MongoDB answers. */
  check(): Promise<void>;
}

export interface NewTask extends Omit<CreateTaskBody, 'task_target'> {
  task_target: string;
  /** What task_target less exclude_target comes to. */
  targets: TargetSet;
  /** Who creates it, for its history; its initiator where that is not told. */
  operator?: string | undefined;
  /** The same key again gives the task that it made the first time. */
  idempotency_key?: string | undefined;
  traceparent?: string | undefined;
}

export interface BatchOutcome {
  /** One per update, in order. */
  results: UpdateResult[];
  steps: SubTaskTransition[];
  /** Applied updates whose times cannot be: they were cut to what can, and are in no average. */
  implausible: number;
  /** How often it was decided anew, because another writer or a fault came in between. */
  redone: number;
}

/** Contract 4.1. Every write of a subtask's state passes through `batchUpdateSubTasks`. */
export interface TaskStateManager {
  /** The task has its whole target texts. `created` is false where the idempotency key was known. Rejects with transient `task_being_deleted` while its task goes. */
  createTask(task: NewTask): Promise<{ task: Task; created: boolean }>;
  /**
   * `changed` is false where the task has that status already: nothing is written then. Rejects with AppError `missing`, or
   * `conflict` `illegal_transition` (details.allowed: statuses) where no arrow leads there. An ended task is taken up again by
   * `reopenTask` alone.
   */
  updateTaskStatus(
    taskId: string,
    status: TaskStatus,
    reason: string,
    operator?: string,
  ): Promise<{ task: Task; changed: boolean }>;
  getTaskStatus(taskId: string): Promise<Pick<Task, 'task_id' | 'status' | 'status_history'>>;
  /** From the counters: exact at any moment. */
  getTaskProgress(taskId: string): Promise<Progress>;
  /** Adds targets to the task's set; those it has already are passed over. The number added. */
  createSubTasks(taskId: string, targets: string[]): Promise<number>;
  /** Claims the subtask's present attempt for a node. */
  assignSubTask(subTaskId: string, nodeId: string): Promise<{ attempt: number; lease_id: string }>;
  /** Moves a subtask under the lease that holds it. */
  updateSubTaskStatus(subTaskId: string, status: SubTaskUpdate['status'], operator?: string): Promise<UpdateResult>;
  /** An operator's retry of a failed or timed-out subtask. */
  retrySubTask(subTaskId: string, operator?: string): Promise<UpdateResult>;
  batchUpdateSubTasks(updates: readonly IncomingUpdate[], now?: Date): Promise<BatchOutcome>;
  /** Hands out the next subtasks of any running task that were not sent out yet, 500 at most. */
  getPendingSubTasks(nodeId: string, limit: number): Promise<SubTask[]>;
  /** Rolls the counters up into the task, takes the task on where they say so (RUNNING, its end), and tells how it stands. */
  calculateTaskProgress(taskId: string, operator?: string): Promise<TaskRollUp>;
  getTaskStatistics(taskId: string): Promise<TaskStatistics>;
  /** Deletes settled tasks that ended more than so many days ago, with all of theirs, unarchived. The number of tasks. */
  cleanupExpiredTasks(expireDays: number): Promise<number>;
}

export interface TaskRollUp {
  snapshot: ProgressSnapshot;
  /** What this call took the task through, in order; mostly none. */
  steps: TaskTransition[];
}

export type UnsettledKind = 'open' | 'ended' | 'paused';

/** A task as the sweeps need it. */
export type UnsettledTask = Pick<Task, (typeof UNSETTLED_TASK)[number]> & { total_targets: number };

export const UNSETTLED_TASK = [
  'task_id',
  'status',
  'config',
  'cursor',
  'started_time',
  'paused_seconds',
  'paused_time',
  'resumed_time',
  'completed_time',
  'traceparent',
] as const;

/** A task as the dispatch plans it. */
export type DispatchTask = Pick<
  UnsettledTask,
  'task_id' | 'status' | 'config' | 'cursor' | 'traceparent' | 'total_targets'
> & {
  touched: TouchedCounts;
};

/** An open task as the sweeps over its subtasks need it. */
export type OpenTask = Pick<Task, (typeof OPEN_TASK)[number]>;

export const OPEN_TASK = ['task_id', 'status', 'config', 'resumed_time', 'traceparent'] as const;

export interface ReopenedTask {
  task: Task;
  /** Its subtasks that were FAILED or TIMEOUT then. */
  failed: number;
  /** Whether this call took it from its end back to RUNNING. */
  reopened: boolean;
}

export interface TaskQueries {
  /** Its target texts are cut, as in every read but the two that say otherwise. Rejects with AppError `missing` `task_not_found`. */
  getTask(taskId: string): Promise<Task>;
  /** The task with its whole target texts. */
  fillInTargets(task: Task): Promise<Task>;
  /** The task that an idempotency key has made, with its whole target texts. */
  findTaskOfKey(idempotencyKey: string): Promise<Task | undefined>;
  /** Newest first; a page ends at `limit`, or before it would be larger than 1 MB. */
  findTasks(query: {
    status?: TaskStatus | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<Task>>;
  /** How the task stands, from the counters; undefined where there is no such task. */
  findSnapshot(taskId: string): Promise<ProgressSnapshot | undefined>;
  /** The task and how it stands, at one moment. Rejects with AppError `missing` `task_not_found`. */
  getStanding(taskId: string): Promise<{ task: Task; snapshot: ProgressSnapshot }>;
  /** CREATED tasks, the oldest first. */
  findCreated(limit: number): Promise<string[]>;
  /** QUEUED, RUNNING and PAUSED tasks of these pools, by id, after `after`. */
  findForDispatch(query: {
    pools: readonly string[];
    after?: string | undefined;
    limit: number;
  }): Promise<DispatchTask[]>;
  /** QUEUED and RUNNING tasks of these pools that are not all sent out, the oldest first. */
  findUnsent(
    pools: readonly string[],
    limit: number,
  ): Promise<Pick<DispatchTask, 'task_id' | 'cursor' | 'total_targets'>[]>;
  /** Those of these tasks that are open. */
  findOpen(taskIds: readonly string[]): Promise<OpenTask[]>;
  /** The statuses of these tasks; of one that there is not, none. */
  findStatuses(taskIds: readonly string[]): Promise<Map<string, TaskStatus>>;
  /** What the task's jobs are made of; cached, and read again where it has fewer than `count` targets. */
  getJobSource(taskId: string, count?: number): Promise<JobSource>;
  /** Tasks that sweeps must look at: open ones, and ended ones that something is still open of. By id, after `after`. */
  findUnsettled(
    limit: number,
    options?: { only?: UnsettledKind; after?: string | undefined },
  ): Promise<UnsettledTask[]>;
  /** Tasks that ended after `since`, the latest first. */
  findEnded(since: Date, limit: number): Promise<Pick<Task, 'task_id' | 'status'>[]>;
  /** Open tasks that were resumed after `since`, the latest first. */
  findResumed(since: Date, limit: number): Promise<Pick<Task, 'task_id' | 'status' | 'resumed_time'>[]>;
  /** An ended task of which nothing is open: no sweep looks at it again. False where something is. */
  settleTask(taskId: string): Promise<boolean>;
  /**
   * Takes a task up again (RUNNING) that is FAILED, TIMEOUT, or COMPLETED with a failed or timed-out subtask. It does not end
   * before its retries have arrived; an open task keeps its status. What has failed by then counts against `error_threshold`
   * no more, or the retry of some would end it at once. With `all` the task has `retry_all` from now on: whoever dies next,
   * all that failed by now will be retried. With nothing to retry nothing is written. Rejects with AppError `missing`, or
   * `conflict` `illegal_transition` where the task is CANCELLED.
   */
  reopenTask(taskId: string, reason: string, operator: string, options?: { all?: boolean }): Promise<ReopenedTask>;
  /** Open tasks that bear `retry_all`. */
  findRetryAll(limit: number): Promise<(Pick<Task, 'task_id'> & Required<Pick<Task, 'retry_all'>>)[]>;
  /** Nothing is left to do of that request; a later one is left as it is. */
  endRetryAll(taskId: string, requestedTime: Date): Promise<void>;
}

/** What a page of a task's subtasks holds: all of them, or those that every given filter fits. */
export interface SubTaskPageQuery {
  status?: SubTaskStatus | undefined;
  /** Only those with an open port. */
  has_open_ports?: true | undefined;
  /** Only that of one address. */
  ip?: string | undefined;
  limit: number;
  /** `next_cursor` of the page before. */
  cursor?: string | undefined;
}

export interface SubTaskQueries {
  /** A task's subtasks by index, the untouched ones filled in from the target set; and their task. A page has 1 MB at most. */
  findPage(taskId: string, query: SubTaskPageQuery): Promise<Page<SubTask> & { task: Task }>;
  getSubTask(subTaskId: string): Promise<SubTask>;
  /**
   * What a node holds; with `instances`, only what these processes of it took; with `exceptInstances`, only what none of these took (null:
   * what does not say which process did); with `updatedBefore`, only what was not reported of since.
   */
  findHeld(query: {
    node_id: string;
    instances?: readonly string[];
    exceptInstances?: readonly (string | null)[];
    updatedBefore?: Date;
    limit: number;
  }): Promise<SubTask[]>;
  /** How many subtasks each node holds, of those that hold any. */
  countHeld(): Promise<Map<string, number>>;
  /** The ids of the nodes that hold anything. */
  findHolders(): Promise<string[]>;
  /** What these nodes hold past its deadline. */
  findOverdue(query: { now: Date; nodes: readonly string[]; limit: number }): Promise<SubTask[]>;
  /** Gives held subtasks that have not begun a later deadline. */
  putOffDeadlines(subTaskIds: readonly string[], until: Date): Promise<void>;
  /** RETRYING subtasks that nobody holds and that are due. */
  findDueRetries(now: Date, limit: number): Promise<SubTask[]>;
  /** Notes that these retries were sent: they are looked at again at `again` unless a node takes them. */
  markRetriesSent(subTaskIds: readonly string[], again: Date): Promise<void>;
  /** Retries that were sent up to `sentBefore`, no node has taken, and are not due again yet. */
  findSentRetries(query: { sentBefore: Date; now: Date; limit: number }): Promise<SubTask[]>;
  /** Retries that no node has taken: due again at `until`. */
  putOffRetries(subTaskIds: readonly string[], until: Date): Promise<void>;
  /**
   * Makes retries due at once, as if never sent, that were sent before their task was resumed, of tasks resumed after `resumedAfter`: nodes drop
   * what they get of a paused task. Resolves with how many.
   */
  recallRetries(resumedAfter: Date, now: Date): Promise<number>;
  /** Subtasks of a task that are not at rest and have a document. */
  findOpen(taskId: string, limit: number): Promise<SubTask[]>;
  /** FAILED and TIMEOUT subtasks of a task, by index, after `after`; with `restedBy`, those that were so by then. */
  findFailed(
    taskId: string,
    limit: number,
    only?: { after?: number | undefined; restedBy?: Date | undefined },
  ): Promise<SubTask[]>;
}
