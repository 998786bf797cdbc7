import {
  alertDocumentSchema,
  apiKeySchema,
  deadLetterRecordSchema,
  nodeSchema,
  REVOKED_KEY_DAYS,
  SAMPLE_MINUTES,
  subTaskSchema,
  taskEndDocumentSchema,
  taskSchema,
} from '@cyberstroll/contracts';
import type { Connection, Schema } from 'mongoose';
import * as z from 'zod';
import {
  auditEntryDocumentSchema,
  chunkSchema,
  cleanUpRequestSchema,
  deletedTaskDocumentSchema,
  idempotencyKeySchema,
  leaseSchema,
  nodeSamplesDocumentSchema,
  operationDocumentSchema,
  queueSightingSchema,
  sequenceSchema,
  sessionDocumentSchema,
  statisticsSampleDocumentSchema,
  taskProgressSchema,
  taskTargetsSchema,
} from './documents';
import { toMongooseSchema } from './to-mongoose-schema';

/** A node that was not heard of for this long is deleted. */
const NODE_DAYS = 30;
/** A lease that expired this long ago is deleted. Each task had one. */
const LEASE_HOURS = 6;

export type Models = ReturnType<typeof createModels>;

/**
 * The collections and their indexes. The compound index of task_id, status and created_time (contract 9.1) is the one
 * of tasks. A task's subtasks are listed by index, never by time. A final subtask is in two indexes: `_id`, and the
 * one of its status. Only a subtask with an open port is in the others that find results: of its task by index and by
 * address, of each port, of its time, of its address. Only one whose last attempt failed is in that of error codes.
 * Sweeps look for held, overdue and due subtasks in partial indexes, and a closed document is in none of these.
 */
export function createModels(connection: Connection) {
  const task = toMongooseSchema(taskSchema, 'tasks');
  task.index({ task_id: 1 }, { unique: true });
  task.index({ task_id: 1, status: 1, created_time: 1 });
  // Lists of tasks: each filter and each order.
  task.index({ created_time: 1, _id: 1 });
  task.index({ status: 1, created_time: 1, _id: 1 });
  task.index({ labels: 1, created_time: 1, _id: 1 });
  task.index({ name: 1 }, { partialFilterExpression: { name: { $exists: true } } });
  task.index({ task_initiator: 1, created_time: 1, _id: 1 });
  task.index({ task_category: 1, created_time: 1, _id: 1 });
  task.index({ task_type: 1, created_time: 1, _id: 1 });
  // One field of the ranges: some servers write each pair of two, 4,096 keys of 64 ranges.
  task.index({ 'target_ranges.first': 1 });
  task.index({ 'config.priority': 1, _id: 1 });
  task.index({ status: 1, 'config.priority': 1, _id: 1 });
  task.index({ 'config.pool': 1, status: 1, task_id: 1 });
  // Counts the tasks of each pool in a status without reading a task.
  task.index({ status: 1, 'config.pool': 1 });
  task.index({ resumed_time: 1 }, { partialFilterExpression: { resumed_time: { $exists: true } } });
  task.index({ settled: 1, task_id: 1 }, { partialFilterExpression: { settled: false } });
  task.index(
    { 'retry_all.requested_time': 1 },
    { partialFilterExpression: { 'retry_all.requested_time': { $exists: true } } },
  );
  task.index(
    { 'clean_up.requested_time': 1 },
    { partialFilterExpression: { 'clean_up.requested_time': { $exists: true } } },
  );
  task.index({ completed_time: 1 }, { partialFilterExpression: { completed_time: { $exists: true } } });

  const subTask = toMongooseSchema(subTaskSchema, 'subtasks');
  // After the index, what the grid shows: it is read from here alone.
  subTask.index({ task_id: 1, status: 1, index: 1, attempt: 1, has_open_ports: 1, assigned_node: 1 });
  const withError = { partialFilterExpression: { 'error_info.error_code': { $exists: true } } };
  subTask.index({ task_id: 1, 'error_info.error_code': 1, status: 1, index: 1 }, withError);
  const withOpenPorts = { partialFilterExpression: { has_open_ports: true } };
  subTask.index({ task_id: 1, has_open_ports: 1, index: 1 }, withOpenPorts);
  subTask.index({ task_id: 1, address_key: 1 }, withOpenPorts);
  subTask.index({ 'scan_result.open_ports': 1, completed_time: 1, _id: 1 }, withOpenPorts);
  subTask.index({ completed_time: 1, _id: 1 }, withOpenPorts);
  subTask.index({ address_key: 1, _id: 1 }, withOpenPorts);
  subTask.index({ assigned_node: 1, deadline: 1 }, { partialFilterExpression: { deadline: { $exists: true } } });
  // After the deadline, what the holders are counted by: it is read from here alone.
  subTask.index(
    { deadline: 1, assigned_node: 1, assigned_instance: 1 },
    { partialFilterExpression: { deadline: { $exists: true } } },
  );
  subTask.index({ retry_due_time: 1 }, { partialFilterExpression: { retry_due_time: { $exists: true } } });

  const taskProgress = toMongooseSchema(taskProgressSchema, 'task_progress');
  taskProgress.index({ task_id: 1 });

  // Its `_id` is its `end_id`.
  const taskEnd = toMongooseSchema(taskEndDocumentSchema.extend({ _id: z.string() }), 'task_ends');
  taskEnd.index({ end_id: 1 }, { unique: true });
  indexOutbox(taskEnd);
  taskEnd.index({ expires: 1 }, { expireAfterSeconds: 0 });

  const chunk = toMongooseSchema(chunkSchema, 'chunks');
  chunk.index({ settled: 1, dispatched_time: 1 }, { partialFilterExpression: { settled: false } });
  chunk.index({ task_id: 1, settled: 1, dispatched_time: 1 });
  chunk.index({ task_id: 1, first_index: 1 });

  const node = toMongooseSchema(nodeSchema, 'nodes');
  node.index({ node_id: 1 }, { unique: true });
  node.index({ status: 1, last_seen: 1 });
  // Fleets that scale have nodes with new names every day.
  node.index({ last_seen: 1 }, { expireAfterSeconds: NODE_DAYS * 86_400 });

  const lease = toMongooseSchema(leaseSchema, 'leases');
  lease.index({ expires: 1 }, { expireAfterSeconds: LEASE_HOURS * 3_600 });

  const queue = toMongooseSchema(queueSightingSchema, 'queues');
  queue.index({ expires: 1 }, { expireAfterSeconds: 0 });

  const deletedTask = toMongooseSchema(deletedTaskDocumentSchema, 'deleted_tasks');
  deletedTask.index({ expires: 1 }, { expireAfterSeconds: 0 });

  const idempotencyKey = toMongooseSchema(idempotencyKeySchema, 'idempotency_keys');
  idempotencyKey.index({ expires: 1 }, { expireAfterSeconds: 0 });

  const operation = toMongooseSchema(operationDocumentSchema, 'operations');
  operation.index({ operation_id: 1 }, { unique: true });
  operation.index({ state: 1, action: 1, operation_id: 1 });
  operation.index({ expires: 1 }, { expireAfterSeconds: 0 });

  const statisticsSample = toMongooseSchema(statisticsSampleDocumentSchema, 'statistics_samples');
  const nodeSamples = toMongooseSchema(nodeSamplesDocumentSchema, 'node_samples');
  for (const samples of [statisticsSample, nodeSamples]) {
    samples.index({ timestamp: 1 }, { expireAfterSeconds: (SAMPLE_MINUTES + 1) * 60 });
  }

  const auditEntry = toMongooseSchema(auditEntryDocumentSchema, 'audit_log');
  auditEntry.index({ audit_id: 1 }, { unique: true });
  auditEntry.index({ operator: 1, audit_id: 1 });
  auditEntry.index({ operation: 1, audit_id: 1 });
  auditEntry.index({ task_id: 1, audit_id: 1 }, { partialFilterExpression: { task_id: { $exists: true } } });
  auditEntry.index({ 'tasks.task_id': 1, audit_id: 1 }, { partialFilterExpression: { tasks: { $exists: true } } });
  auditEntry.index({ time: 1 });
  auditEntry.index({ expires: 1 }, { expireAfterSeconds: 0 });

  const apiKey = toMongooseSchema(apiKeySchema, 'api_keys');
  apiKey.index({ key_id: 1 }, { unique: true });
  // Not unique: the names of revoked keys may be given again, and changes of keys are made one after another.
  apiKey.index({ active: 1, name: 1 });
  apiKey.index({ active: 1, key_id: 1 });
  apiKey.index({ change: 1 });
  apiKey.index({ revoked_time: 1 }, { expireAfterSeconds: REVOKED_KEY_DAYS * 86_400 });

  const session = toMongooseSchema(sessionDocumentSchema, 'sessions');
  session.index({ caller_id: 1, expires: 1 });
  session.index({ expires: 1 }, { expireAfterSeconds: 0 });

  return {
    tasks: connection.model('Task', task),
    subTasks: connection.model('SubTask', subTask),
    taskTargets: connection.model('TaskTargets', toMongooseSchema(taskTargetsSchema, 'task_targets')),
    taskProgress: connection.model('TaskProgress', taskProgress),
    taskEnds: connection.model('TaskEnd', taskEnd),
    chunks: connection.model('Chunk', chunk),
    nodes: connection.model('Node', node),
    deadLetters: connection.model('DeadLetter', createDeadLetterSchema()),
    alerts: connection.model('Alert', createAlertSchema()),
    leases: connection.model('Lease', lease),
    queues: connection.model('QueueSighting', queue),
    cleanUpRequests: connection.model('CleanUpRequest', toMongooseSchema(cleanUpRequestSchema, 'clean_up_requests')),
    deletedTasks: connection.model('DeletedTask', deletedTask),
    idempotencyKeys: connection.model('IdempotencyKey', idempotencyKey),
    operations: connection.model('BulkOperation', operation),
    auditLog: connection.model('AuditEntry', auditEntry),
    apiKeys: connection.model('ApiKey', apiKey),
    sessions: connection.model('Session', session),
    statisticsSamples: connection.model('StatisticsSample', statisticsSample),
    nodeSamples: connection.model('NodeSamples', nodeSamples),
    sequences: connection.model('Sequence', toMongooseSchema(sequenceSchema, 'sequences')),
  };
}

/**
 * `alerts`: `_id` is made of rule, subject and the number of alerts before, so that an alert is raised once. MongoDB
 * deletes a resolved alert once it has expired.
 */
function createAlertSchema(): Schema {
  const alert = toMongooseSchema(alertDocumentSchema.extend({ _id: z.string() }), 'alerts');
  alert.index({ alert_id: 1 }, { unique: true });
  alert.index({ rule: 1, subject: 1, predecessors: 1 });
  alert.index({ active: 1 }, { partialFilterExpression: { active: true } });
  alert.index({ state: 1, alert_id: 1 });
  alert.index({ rule: 1, alert_id: 1 });
  indexOutbox(alert);
  alert.index({ expires: 1 }, { expireAfterSeconds: 0 });
  return alert;
}

/** A document without notices and deliveries is in neither index. */
function indexOutbox(schema: Schema): void {
  schema.index({ 'notices.timestamp': 1 }, { sparse: true });
  schema.index({ 'deliveries.target': 1, 'deliveries.next_time': 1 }, { sparse: true });
}

/** `dead_letters`: `_id` is the dead letter's id. MongoDB deletes a dead letter once it has expired. */
function createDeadLetterSchema(): Schema {
  const deadLetter = toMongooseSchema(deadLetterRecordSchema.extend({ _id: z.string() }), 'dead_letters');
  deadLetter.index({ first_seen: 1, _id: 1 });
  deadLetter.index({ state: 1, first_seen: 1, _id: 1 });
  deadLetter.index({ state: 1, reason: 1 });
  deadLetter.index({ task_id: 1, state: 1, reason: 1 }, { partialFilterExpression: { task_id: { $exists: true } } });
  deadLetter.index({ reason: 1, first_seen: 1, _id: 1 });
  deadLetter.index({ queue: 1, first_seen: 1, _id: 1 });
  deadLetter.index({ expires: 1 }, { expireAfterSeconds: 0 });
  return deadLetter;
}
