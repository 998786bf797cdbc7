/**
 * The collections: one row each, with its name in MongoDB, its indexes and the type of its documents. From the rows
 * come the getters of the database, the models, `deploy/mongodb/set-up.js`, and what the doctor compares.
 *
 * The compound index of task_id, status and created_time (contract 9.1) is the one of tasks. A task's subtasks are
 * listed by index, never by time. A final subtask is in two indexes: `_id`, and the one of its status. Only a subtask
 * with an open port is in the others that find results: of its task by index and by address, of each port, of its time,
 * of its address. Only one whose last attempt failed is in that of error codes. Sweeps look for held, overdue and
 * RETRYING subtasks in partial indexes, and a closed document is in none of these.
 */
import {
  type ApiKey,
  COARSE_MINUTES,
  ENDED_EXCLUSION_DAYS,
  type Exclusion,
  FLEET_EVENT_DAYS,
  INVENTORY_CHANGE_DAYS,
  REVOKED_KEY_DAYS,
  SAMPLE_MINUTES,
  type Schedule,
  type ScheduleRun,
  type Session,
} from '@cyberstroll/contracts';
import { type Connection, type IndexOptions, type Model, type mongo, Schema } from 'mongoose';
import type {
  AuditEntryDocument,
  ChunkDocument,
  CleanUpRequestDocument,
  CompletionsDocument,
  DeletedTaskDocument,
  FindingDocument,
  FleetEventDocument,
  FreezeDocument,
  HostChangeDocument,
  HostDocument,
  IdempotencyKeyDocument,
  LeaseDocument,
  LimitDocument,
  LimitStateDocument,
  NodeCountsDocument,
  NodeDocument,
  NodeSamplesDocument,
  OperationDocument,
  QueueDocument,
  ScanMethodDocument,
  SequenceDocument,
  ServerCheckDocument,
  SilenceDocument,
  StatisticsSampleDocument,
  StoredAlert,
  StoredDeadLetter,
  StoredTaskEnd,
  SubTaskDocument,
  TaskDocument,
  TaskProgressDocument,
  TaskTargetsDocument,
  WebhookDocument,
  WithName,
  WithObjectId,
} from './documents';

/** A node that was not heard of for this long is deleted. */
const NODE_DAYS = 30;
/** A lease that expired this long ago is deleted. Each task had one. */
const LEASE_HOURS = 6;

/**
 * The indexes that dead letters are counted by, of all and of one task. They have all that a count asks for: the
 * documents are large.
 */
export const COUNTED_DEAD_LETTERS = {
  ofAll: { state: 1, reason: 1, first_seen: 1, queue: 1, task_id: 1 },
  ofTask: { task_id: 1, state: 1, reason: 1, first_seen: 1, queue: 1 },
} as const;

type Index = [keys: Record<string, 1>, options?: IndexOptions];

interface Row<Content> {
  readonly name: string;
  readonly indexes: readonly Index[];
  /** Only its type is there. */
  readonly content?: Content;
}

const row = <Content>(name: string, indexes: readonly Index[] = []): Row<Content> => ({ name, indexes });

const unique = { unique: true };
/** MongoDB deletes a document this many seconds after the time in the field. */
const deletedAfter = (expireAfterSeconds: number) => ({ expireAfterSeconds });
/** Only documents that have the field are in the index. */
const having = (field: string) => ({ partialFilterExpression: { [field]: { $exists: true } } });
const where = (fields: Record<string, boolean>) => ({ partialFilterExpression: fields });

/** A document without notices and deliveries is in neither index. */
const OUTBOX: readonly Index[] = [
  [{ 'notices.timestamp': 1 }, { sparse: true }],
  [{ 'deliveries.target': 1, 'deliveries.next_time': 1 }, { sparse: true }],
];

export const COLLECTIONS = {
  tasks: row<TaskDocument>('tasks', [
    [{ task_id: 1 }, unique],
    [{ task_id: 1, status: 1, created_time: 1 }],
    // Lists of tasks: each filter and each order.
    [{ created_time: 1, _id: 1 }],
    [{ status: 1, created_time: 1, _id: 1 }],
    [{ labels: 1, created_time: 1, _id: 1 }],
    [{ name: 1 }, having('name')],
    [{ task_initiator: 1, created_time: 1, _id: 1 }],
    [{ task_category: 1, created_time: 1, _id: 1 }],
    [{ task_type: 1, created_time: 1, _id: 1 }],
    [{ 'config.pool': 1, created_time: 1, _id: 1 }],
    // One field of the ranges: some servers write each pair of two, 4,096 keys of 64 ranges.
    [{ 'target_ranges.first': 1 }],
    [{ 'config.priority': 1, _id: 1 }],
    [{ status: 1, 'config.priority': 1, _id: 1 }],
    // Counts the tasks of each pool in a status without reading a task.
    [{ status: 1, 'config.pool': 1 }],
    [{ resumed_time: 1 }, having('resumed_time')],
    [{ settled: 1, task_id: 1 }, where({ settled: false })],
    [{ 'retry_all.requested_time': 1 }, having('retry_all.requested_time')],
    [{ 'clean_up.requested_time': 1 }, having('clean_up.requested_time')],
    [{ 'chain.todo': 1, settled: 1, status: 1 }, having('chain.todo')],
    [{ completed_time: 1 }, having('completed_time')],
    [{ started_time: 1 }, having('started_time')],
    // Most tasks are of no schedule, and in neither: the list of a schedule's tasks, and its open ones.
    [{ schedule_id: 1, created_time: 1, _id: 1 }, having('schedule_id')],
    [{ schedule_id: 1, status: 1 }, having('schedule_id')],
    [{ 'excluded.by.exclusion_id': 1, task_id: 1 }, having('excluded.by.exclusion_id')],
    // Held tasks, by id and by rule, and open tasks with windows of their own: there are few of any.
    [{ 'hold.code': 1, task_id: 1 }, having('hold.code')],
    [{ 'hold.freeze_id': 1, created_time: 1, _id: 1 }, having('hold.freeze_id')],
    [{ task_id: 1, settled: 1 }, having('config.windows')],
  ]),
  freezes: row<FreezeDocument>('freezes', [
    [{ freeze_id: 1 }, unique],
    [{ until: 1 }, deletedAfter(0)],
  ]),
  subTasks: row<SubTaskDocument>('subtasks', [
    // After the index, what the grid shows: it is read from here alone.
    [{ task_id: 1, status: 1, index: 1, attempt: 1, has_open_ports: 1, assigned_node: 1 }],
    [{ task_id: 1, 'error_info.error_code': 1, status: 1, index: 1 }, having('error_info.error_code')],
    [{ task_id: 1, has_open_ports: 1, index: 1 }, where({ has_open_ports: true })],
    [{ task_id: 1, address_key: 1 }, where({ has_open_ports: true })],
    [{ 'scan_result.open_ports': 1, completed_time: 1, _id: 1 }, where({ has_open_ports: true })],
    [{ completed_time: 1, _id: 1 }, where({ has_open_ports: true })],
    [{ address_key: 1, _id: 1 }, where({ has_open_ports: true })],
    // Only a subtask that was retried has one.
    [{ task_id: 1, last_node: 1, index: 1 }, having('last_node')],
    [{ assigned_node: 1, deadline: 1 }, having('deadline')],
    // After the deadline, what the holders are counted by: it is read from here alone.
    [{ deadline: 1, assigned_node: 1, assigned_instance: 1 }, having('deadline')],
    // Of a task, the retries that were never sent, by when they are due; then those that were sent.
    [{ task_id: 1, retry_sent_time: 1, retry_due_time: 1 }, having('retry_due_time')],
  ]),
  findings: row<FindingDocument>('findings', [
    [{ completed_time: 1, _id: 1 }],
    [{ task_id: 1, completed_time: 1, _id: 1 }],
    [{ finding_id: 1, completed_time: 1, _id: 1 }],
    [{ severity: 1, completed_time: 1, _id: 1 }, having('severity')],
    [{ address_key: 1, _id: 1 }],
  ]),
  completions: row<CompletionsDocument>('completions'),
  hosts: row<HostDocument>('hosts', [
    [{ 'services.port': 1, _id: 1 }],
    [{ 'findings.severity': 1, _id: 1 }, having('findings.severity')],
    [{ labels: 1, _id: 1 }, having('labels')],
  ]),
  hostChanges: row<HostChangeDocument>('host_changes', [[{ time: 1 }, deletedAfter(INVENTORY_CHANGE_DAYS * 86_400)]]),
  taskTargets: row<TaskTargetsDocument>('task_targets'),
  taskProgress: row<TaskProgressDocument>('task_progress', [[{ task_id: 1 }]]),
  taskEnds: row<StoredTaskEnd>('task_ends', [[{ end_id: 1 }, unique], ...OUTBOX, [{ expires: 1 }, deletedAfter(0)]]),
  chunks: row<ChunkDocument>('chunks', [
    [{ settled: 1, dispatched_time: 1 }, where({ settled: false })],
    [{ task_id: 1, settled: 1, dispatched_time: 1 }],
    [{ task_id: 1, first_index: 1 }],
    // Chunks that are to be sent again: few.
    [{ waits: 1, task_id: 1, first_index: 1 }, having('waits')],
  ]),
  nodes: row<NodeDocument>('nodes', [
    [{ node_id: 1 }, unique],
    [{ status: 1, last_seen: 1 }],
    // Fleets that scale have nodes with new names every day.
    [{ last_seen: 1 }, deletedAfter(NODE_DAYS * 86_400)],
  ]),
  deadLetters: row<StoredDeadLetter>('dead_letters', [
    [{ first_seen: 1, _id: 1 }],
    [{ state: 1, first_seen: 1, _id: 1 }],
    [COUNTED_DEAD_LETTERS.ofAll],
    [COUNTED_DEAD_LETTERS.ofTask, having('task_id')],
    [{ reason: 1, first_seen: 1, _id: 1 }],
    [{ queue: 1, first_seen: 1, _id: 1 }],
    [{ expires: 1 }, deletedAfter(0)],
  ]),
  alerts: row<StoredAlert>('alerts', [
    [{ alert_id: 1 }, unique],
    [{ rule: 1, subject: 1, predecessors: 1 }],
    [{ active: 1 }, where({ active: true })],
    [{ muted: 1 }, where({ muted: true })],
    [{ state: 1, alert_id: 1 }],
    [{ rule: 1, alert_id: 1 }],
    ...OUTBOX,
    [{ expires: 1 }, deletedAfter(0)],
  ]),
  silences: row<SilenceDocument>('silences', [
    [{ silence_id: 1 }, unique],
    [{ until: 1 }, deletedAfter(0)],
  ]),
  scanMethods: row<ScanMethodDocument>('scan_methods', [[{ method: 1 }, unique]]),
  webhooks: row<WebhookDocument>('webhooks', [[{ webhook_id: 1 }, unique]]),
  leases: row<LeaseDocument>('leases', [[{ expires: 1 }, deletedAfter(LEASE_HOURS * 3_600)]]),
  limits: row<LimitDocument>('limits', [[{ limit_id: 1 }, unique]]),
  limitStates: row<LimitStateDocument>('limit_states', [[{ expires: 1 }, deletedAfter(0)]]),
  queues: row<QueueDocument>('queues', [[{ expires: 1 }, deletedAfter(0)]]),
  cleanUpRequests: row<CleanUpRequestDocument>('clean_up_requests'),
  deletedTasks: row<DeletedTaskDocument>('deleted_tasks', [[{ expires: 1 }, deletedAfter(0)]]),
  idempotencyKeys: row<IdempotencyKeyDocument>('idempotency_keys', [[{ expires: 1 }, deletedAfter(0)]]),
  operations: row<OperationDocument>('operations', [
    [{ operation_id: 1 }, unique],
    [{ state: 1, action: 1, operation_id: 1 }],
    [{ expires: 1 }, deletedAfter(0)],
  ]),
  schedules: row<WithObjectId<Schedule>>('schedules', [
    [{ schedule_id: 1 }, unique],
    [{ due_time: 1 }, having('due_time')],
    // For alerts: paused ones, those that missed a run, and those of a key.
    [{ paused_by: 1 }, having('paused_by')],
    [{ missed_time: 1 }, having('missed_time')],
    [{ key_id: 1 }, having('key_id')],
  ]),
  scheduleRuns: row<WithName<ScheduleRun>>('schedule_runs', [
    [{ schedule_id: 1, planned_time: 1 }, unique],
    [{ todo: 1, planned_time: 1 }, having('todo')],
    [{ compare: 1, compared_time: 1, planned_time: 1 }, where({ compare: true })],
    [{ expires: 1 }, deletedAfter(0)],
  ]),
  auditLog: row<WithObjectId<AuditEntryDocument>>('audit_log', [
    [{ audit_id: 1 }, unique],
    [{ operator: 1, audit_id: 1 }],
    [{ operation: 1, audit_id: 1 }],
    [{ task_id: 1, audit_id: 1 }, having('task_id')],
    [{ subject: 1, audit_id: 1 }, having('subject')],
    [{ 'tasks.task_id': 1, audit_id: 1 }, having('tasks')],
    [{ time: 1 }],
    [{ expires: 1 }, deletedAfter(0)],
  ]),
  apiKeys: row<WithObjectId<ApiKey>>('api_keys', [
    [{ key_id: 1 }, unique],
    // Not unique: the names of revoked keys may be given again, and changes of keys are made one after another.
    [{ active: 1, name: 1 }],
    [{ active: 1, key_id: 1 }],
    [{ change: 1 }],
    [{ revoked_time: 1 }, deletedAfter(REVOKED_KEY_DAYS * 86_400)],
  ]),
  exclusions: row<WithObjectId<Exclusion>>('exclusions', [
    [{ exclusion_id: 1 }, unique],
    [{ until: 1 }, deletedAfter(ENDED_EXCLUSION_DAYS * 86_400)],
  ]),
  sessions: row<Session>('sessions', [
    [{ caller_id: 1, expires: 1 }],
    [{ change: 1 }, having('change')],
    [{ expires: 1 }, deletedAfter(0)],
  ]),
  statisticsSamples: row<StatisticsSampleDocument>('statistics_samples', [
    [{ timestamp: 1 }, deletedAfter((SAMPLE_MINUTES + 1) * 60)],
  ]),
  coarseSamples: row<StatisticsSampleDocument>('coarse_samples', [
    [{ timestamp: 1 }, deletedAfter((COARSE_MINUTES + 60) * 60)],
  ]),
  nodeSamples: row<NodeSamplesDocument>('node_samples', [[{ timestamp: 1 }, deletedAfter((SAMPLE_MINUTES + 1) * 60)]]),
  nodeCounts: row<NodeCountsDocument>('node_counts', [[{ timestamp: 1 }, deletedAfter((SAMPLE_MINUTES + 6) * 60)]]),
  fleetEvents: row<FleetEventDocument>('fleet_events', [
    [{ time: 1 }, deletedAfter(FLEET_EVENT_DAYS * 86_400)],
    [{ subject: 1, time: 1 }],
  ]),
  sequences: row<SequenceDocument>('sequences'),
  serverChecks: row<ServerCheckDocument>('server_checks', [[{ expires: 1 }, deletedAfter(0)]]),
};

type Rows = typeof COLLECTIONS;

export type Collections = {
  readonly [Key in keyof Rows]: Rows[Key] extends Row<infer Content extends mongo.Document>
    ? mongo.Collection<Content>
    : never;
};

export type Models = { readonly [Key in keyof Rows]: Model<unknown> };

/** Of a model only the indexes are used. Documents are read and written by the driver, and the types check them. */
export function createModels(connection: Connection): Models {
  const models = Object.entries(COLLECTIONS).map(([key, { name, indexes }]) => {
    const schema = new Schema({}, { collection: name, strict: false, autoIndex: false });
    for (const [keys, options] of indexes) schema.index(keys, options);
    return [key, connection.model(name, schema)];
  });
  return Object.fromEntries(models);
}
