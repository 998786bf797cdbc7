import {
  auditEntrySchema,
  countSchema,
  nameSchema,
  nodeSampleSchema,
  operationSchema,
  statisticsSampleSchema,
  taskIdSchema,
} from '@cyberstroll/contracts';
import type { CounterShard } from '@cyberstroll/task-state';
import * as z from 'zod';

/** Documents that only the store knows. For other packages the store has types of its own. */

/**
 * `task_progress`: what one updater has counted for one task. Each updater has its own document, so that updaters
 * never compete for one; their sum is the truth. A single count may be negative, the sum never is.
 */
export const taskProgressSchema = z.object({
  _id: z.string(),
  task_id: taskIdSchema,
  shard: z.string(),
  /** Rises with each batch that touched the task. */
  seq: countSchema,
  counts: z.record(z.string(), z.number()),
  /** Sums since the task's beginning. */
  stats: z.record(z.string(), z.number()),
  error_codes: z.record(z.string(), z.number()),
  /** How many subtasks were reassigned, by cause. */
  reassigned: z.record(z.string(), z.number()).optional(),
  last_error: z.string().optional(),
  last_error_time: z.date().optional(),
  /** When the first scan that was counted here began, and when the last one ended. */
  first_started_time: z.date().optional(),
  last_completed_time: z.date().optional(),
  /** Changed by the task's end, so that no transaction that began before it can count here afterwards. */
  fence: countSchema.optional(),
});
export interface TaskProgressDocument extends CounterShard {
  _id: string;
  task_id: string;
  shard: string;
}

/** `chunks`: the dispatch ledger. `_id` is `<task_id>-<first_index>`. */
export const chunkSchema = z.object({
  _id: z.string(),
  task_id: taskIdSchema,
  first_index: countSchema,
  count: countSchema,
  dispatched_time: z.date(),
  first_dispatched_time: z.date().optional(),
  settled: z.boolean(),
});
export type ChunkDocument = z.infer<typeof chunkSchema>;

/**
 * `queues`: `_id` is the queue's name, or `<queue>#lag` for the marker that measures its lag. MongoDB deletes a
 * document once it has expired.
 */
export const queueSightingSchema = z.object({ _id: z.string(), empty_time: z.date(), expires: z.date() });
export type QueueDocument = { _id: string; expires: Date } & Partial<{
  empty_time: Date;
  since_time: Date;
  back_time: Date;
  lag_seconds: number;
}>;

/** `clean_up_requests`: tasks that are to be deleted and are not marked yet, at most 10,000 tasks each. */
export const cleanUpRequestSchema = z.object({
  task_ids: z.array(taskIdSchema),
  operator: z.string(),
  requested_time: z.date(),
});
export type CleanUpRequestDocument = z.infer<typeof cleanUpRequestSchema>;

/** `deleted_tasks`: `_id` is the id of a task that was deleted. MongoDB deletes a document once it has expired. */
export const deletedTaskDocumentSchema = z.object({ _id: taskIdSchema, expires: z.date() });
export type DeletedTaskDocument = z.infer<typeof deletedTaskDocumentSchema>;

/** `idempotency_keys`: `_id` is the caller and its key. `request` is a fingerprint, `answer` is the first answer. */
export const idempotencyKeySchema = z.object({
  _id: z.string(),
  request: z.string(),
  /** Of what the request creates. */
  id: z.string(),
  /** Who carries the request out, and until when nobody else does. */
  owner: z.string(),
  claimed_until: z.date().optional(),
  done: z.boolean(),
  /** As JSON. */
  answer: z.string().optional(),
  expires: z.date(),
});
export type IdempotencyKeyDocument = z.infer<typeof idempotencyKeySchema>;

/**
 * `sessions`: `_id` is the SHA-256 of the secret, in hex. It names the secret of an API key that opened it: of the
 * collection by `key_id` and `generation`, of API_KEYS by `name` and `proof`.
 */
export const sessionDocumentSchema = z.object({
  _id: z.string(),
  /** As `toCallerId` says: the sessions of one key are counted by it. */
  caller_id: z.string(),
  key_id: z.string().optional(),
  generation: countSchema.optional(),
  name: z.string().optional(),
  proof: z.string().optional(),
  created_time: z.date(),
  expires: z.date(),
});
export type SessionDocument = z.infer<typeof sessionDocumentSchema>;

/** `task_targets`: the whole targets of a task. `_id` is the task's id. */
export const taskTargetsSchema = z.object({
  _id: z.string(),
  task_id: taskIdSchema,
  task_target: z.string(),
  exclude_target: z.string().optional(),
  /** The parts of its target index: targets added later are appended and never move an earlier index. */
  target_segments: z.array(
    z.object({ targets: z.string(), count: countSchema, order: z.enum(['permuted', 'sequential']), seed: z.number() }),
  ),
});
export type TaskTargetsDocument = z.infer<typeof taskTargetsSchema>;

/** `sequences`: numbers that only rise. `_id` is what is counted. */
export const sequenceSchema = z.object({ _id: z.string(), value: countSchema });
export type SequenceDocument = z.infer<typeof sequenceSchema>;

/** `operations`: the tasks are named when it is created; those before `place` have their outcome. */
export const operationDocumentSchema = operationSchema.extend({
  task_ids: z.array(taskIdSchema),
  place: countSchema,
  /** Of the operator, unless it is one of API_KEYS. */
  key_id: z.string().optional(),
  /** How often the task at `place` could not be commanded. */
  tries: countSchema.optional(),
  /** When the last outcome was noted. */
  moved_time: z.date().optional(),
  /** Of the request that sent it, for the audit log. Operations of earlier releases have none. */
  sender: auditEntrySchema.pick({ role: true, address: true, request_id: true }).optional(),
});
export type OperationDocument = z.infer<typeof operationDocumentSchema>;

/** `audit_log`: an entry about several tasks has a list of them, and is shown of each one alone. */
export const auditEntryDocumentSchema = auditEntrySchema.extend({
  tasks: z
    .array(auditEntrySchema.pick({ after: true, status: true, code: true }).extend({ task_id: taskIdSchema }))
    .optional(),
});
export type AuditEntryDocument = z.infer<typeof auditEntryDocumentSchema>;

/** `leases`: `_id` is the lease's name. */
export const leaseSchema = z.object({ _id: z.string(), owner: z.string(), expires: z.date() });
export type LeaseDocument = z.infer<typeof leaseSchema>;

/** `statistics_samples`: `_id` counts the ten seconds since 1970. MongoDB deletes a sample after an hour. */
export const statisticsSampleDocumentSchema = statisticsSampleSchema.extend({ _id: countSchema });
export type StatisticsSampleDocument = z.infer<typeof statisticsSampleDocumentSchema>;

/** `node_samples`: `_id` counts the minutes since 1970. MongoDB deletes a document after an hour. */
export const nodeSamplesDocumentSchema = z.object({
  _id: countSchema,
  timestamp: z.date(),
  nodes: z.array(nodeSampleSchema.omit({ timestamp: true }).extend({ node_id: nameSchema })),
});
export type NodeSamplesDocument = z.infer<typeof nodeSamplesDocumentSchema>;
