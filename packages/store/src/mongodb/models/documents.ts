import type {
  AlertDocument,
  AuditEntry,
  BulkOperation,
  DeadLetterRecord,
  Finding,
  FleetEvent,
  Freeze,
  InventoryChange,
  Limit,
  LimitState,
  Node,
  NodeSample,
  ScanMethod,
  Silence,
  StatisticsSample,
  SubTask,
  Task,
  TaskEndDocument,
  Webhook,
} from '@cyberstroll/contracts';
import type { TargetSegment } from '@cyberstroll/targets';
import type { CounterShard, KnownHost } from '@cyberstroll/task-state';
import type { mongo } from 'mongoose';

/** Documents that only the store knows, and those of contracts with their `_id`. */

export type WithObjectId<Content> = Content & { _id: mongo.ObjectId };
export type WithName<Content> = Content & { _id: string };

export type TaskDocument = WithObjectId<Task>;
/** `fleet_events`: `_id` is made of subject and kind; of a node of its time too. */
export type FleetEventDocument = WithName<FleetEvent>;
export type FreezeDocument = WithObjectId<Freeze>;
export type SilenceDocument = WithObjectId<Silence>;
/** `scan_methods`. */
export type ScanMethodDocument = WithObjectId<Omit<ScanMethod, 'options_schema'> & { options_schema: string }>;
/** `webhooks`. The secret signs: a digest of it would not do. */
export type WebhookDocument = WithObjectId<Webhook & { secret: string }>;
export type SubTaskDocument = WithObjectId<SubTask>;
/** `findings`: `address_key` sorts as the address does. */
export type FindingDocument = WithObjectId<Finding> & { address_key: string };

/** `completions`: what one batch has completed, until the inventory has it. See `inventory/completions.ts`. */
export interface CompletionsDocument {
  _id: mongo.ObjectId;
  time: Date;
  tasks: { task_id: string; open: mongo.Binary; empty: mongo.Binary }[];
}

/** `hosts`: the inventory. `_id` sorts as the address does. */
export type HostDocument = WithName<KnownHost>;

/** `host_changes`: `_id` is the change's number. */
export interface HostChangeDocument extends Omit<InventoryChange, 'change'> {
  _id: number;
  address_key: string;
}

/** `nodes`: what a node holds is in pages (`toTaskPages`). */
export interface NodeDocument extends Omit<Node, 'current_tasks'> {
  _id: mongo.ObjectId;
  task_pages?: mongo.Binary[];
}

/** `alerts`: `_id` is made of rule, subject and the number of alerts before, so that an alert is raised once. */
export type StoredAlert = WithName<AlertDocument>;

/** `dead_letters`: `_id` is the dead letter's id. */
export type StoredDeadLetter = WithName<DeadLetterRecord>;

/** `task_ends`: `_id` is its `end_id`. */
export type StoredTaskEnd = WithName<TaskEndDocument>;

/**
 * `task_progress`: what one updater has counted for one task. Each updater has its own document, so that updaters
 * never compete for one; their sum is the truth. A single count may be negative, the sum never is.
 */
export interface TaskProgressDocument extends CounterShard {
  _id: string;
  task_id: string;
  shard: string;
  /** Changed by the task's end, so that no transaction that began before it can count here afterwards. */
  fence?: number;
}

/** One stretch of consecutive indexes that was sent out as one job. */
export interface Chunk {
  task_id: string;
  first_index: number;
  count: number;
  /** When it was sent last. */
  dispatched_time: Date;
  /** If it was sent again: when it was first sent. */
  first_dispatched_time?: Date;
  /** Nothing of it is sent again, unless its task is taken up again. */
  settled: boolean;
  /** Nothing of what is untouched of it is out: it is to be sent, for this reason. */
  waits?: WaitReason;
}

/**
 * Why a chunk behind the cursor is to be sent: nodes dropped it during a pause or a hold, a node that fell silent had
 * it, it was lost with its queue, or a limit had no room for its addresses when the cursor passed them.
 */
export type WaitReason = 'dropped' | 'silent' | 'lost' | 'postponed';

/** `chunks`: the dispatch ledger. `_id` is `<task_id>-<first_index>`. */
export type ChunkDocument = WithName<Chunk>;

/**
 * `queues`: `_id` is the queue's name, or `<queue>#lag` for the marker that measures its lag.
 */
export type QueueDocument = { _id: string; expires: Date } & Partial<{
  empty_time: Date;
  messages: number;
  in_per_second: number;
  out_per_second: number;
  since_time: Date;
  back_time: Date;
  lag_seconds: number;
}>;

/** `clean_up_requests`: tasks that are to be deleted and are not marked yet, at most 10,000 tasks each. */
export interface CleanUpRequestDocument {
  task_ids: string[];
  operator: string;
  requested_time: Date;
}

/** `deleted_tasks`: `_id` is the id of a task that was deleted. */
export interface DeletedTaskDocument {
  _id: string;
  expires: Date;
}

/** `idempotency_keys`: `_id` is the caller and its key. `request` is a fingerprint, `answer` is the first answer. */
export interface IdempotencyKeyDocument {
  _id: string;
  request: string;
  /** Of what the request creates. */
  id: string;
  /** Who carries the request out, and until when nobody else does. */
  owner: string;
  claimed_until?: Date | undefined;
  done: boolean;
  /** As JSON. */
  answer?: string | undefined;
  expires: Date;
}

/** `task_targets`: the whole targets of a task. `_id` is the task's id. */
export interface TaskTargetsDocument {
  _id: string;
  task_id: string;
  task_target: string;
  exclude_target?: string | undefined;
  /** What exclusions took out, beside `exclude_target`. */
  excluded_target?: string | undefined;
  /** The parts of its target index: targets added later are appended and never move an earlier index. */
  target_segments: TargetSegment[];
}

export type LimitDocument = WithObjectId<Limit>;

/** `limit_states`: what the senders under a limit leave for the next. `_id` is the limit's key. */
export interface LimitStateDocument extends LimitState {
  _id: string;
  expires: Date;
}

/** `sequences`: numbers that only rise. `_id` is what is counted. */
export interface SequenceDocument {
  _id: string;
  value: number;
}

/** `server_checks`: each is there while a process tries what the server does. */
export interface ServerCheckDocument {
  _id: string;
  count: number;
  expires: Date;
}

/** `operations`: the tasks are named when it is created; those before `place` have their outcome. */
export interface OperationDocument extends BulkOperation {
  task_ids: string[];
  place: number;
  /** Of the operator, unless it is one of API_KEYS. */
  key_id?: string | undefined;
  /** How often the task at `place` could not be commanded. */
  tries?: number | undefined;
  /** When the last outcome was noted. */
  moved_time?: Date | undefined;
  /** Of the request that sent it, for the audit log. */
  sender?: Required<Pick<AuditEntry, 'role' | 'address' | 'request_id'>> | undefined;
}

/** `audit_log`: an entry about several tasks has a list of them, and is shown of each one alone. */
export interface AuditEntryDocument extends AuditEntry {
  tasks?: (Pick<AuditEntry, 'after' | 'status' | 'code'> & { task_id: string })[];
}

/**
 * The prefixes of lease names for a task's dispatch and for a writer's session. Any other lease is a leader's.
 */
export const LEASE_PREFIX = { dispatch: 'dispatch:', session: 'session:' } as const;

/** `leases`: `_id` is the lease's name. */
export interface LeaseDocument {
  _id: string;
  owner: string;
  expires: Date;
}

/** `statistics_samples`: `_id` counts the ten seconds since 1970. */
export interface StatisticsSampleDocument extends StatisticsSample {
  _id: number;
}

/** `node_samples`: `_id` counts the minutes since 1970. */
export interface NodeSamplesDocument {
  _id: number;
  timestamp: Date;
  nodes: (Omit<NodeSample, 'timestamp'> & { node_id: string })[];
}

/** `node_counts`: what one updater has counted in one interval. `_id` is the interval's beginning and the updater. */
export interface NodeCountsDocument {
  _id: string;
  /** The beginning of the interval. */
  timestamp: Date;
  nodes: { node_id: string; completed: number; failed: number }[];
}
