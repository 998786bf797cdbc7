import { z } from 'zod';
import {
  addressSchema,
  attemptSchema,
  errorCodeSchema,
  labelSchema,
  leaseIdSchema,
  MAX_ERROR_MESSAGE_LENGTH,
  MAX_UPDATES_PER_ENVELOPE,
  nameSchema,
  subTaskIdSchema,
  taskIdSchema,
  timeSchema,
  updateReasonSchema,
} from './fields';
import { scanResultSchema } from './subtask';

/** Why heartbeat-monitor takes a subtask from its node; all but the last are tried elsewhere without cost. */
export const REASSIGN_CAUSES = ['silent', 'left', 'offline', 'restarted', 'unheard', 'zombie', 'overdue'] as const;
export type ReassignCause = (typeof REASSIGN_CAUSES)[number];

/**
 * All that is known of one attempt of one subtask. Cumulative: the last one alone is enough, the steps that it implies
 * are filled in. `lease_id` is the sender's claim on the attempt; it is absent only where a service cancels or retries
 * a subtask that nobody holds.
 */
export const subTaskUpdateSchema = z.object({
  task_id: taskIdSchema,
  subtask_id: subTaskIdSchema,
  ip: addressSchema.optional(),
  attempt: attemptSchema({ required: 'required: the attempt of the job, unchanged' }),
  lease_id: leaseIdSchema.optional(),
  status: z.enum(['ASSIGNED', 'SCANNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'RETRYING', 'CANCELLED']),
  assigned_time: timeSchema.optional(),
  started_time: timeSchema.optional(),
  completed_time: timeSchema.optional(),
  scan_result: scanResultSchema.optional(),
  error_info: z
    .object({ error_code: errorCodeSchema, error_message: z.string().max(MAX_ERROR_MESSAGE_LENGTH) })
    .optional(),
  reason: updateReasonSchema.optional(),
  /** For the metrics, where its sender has taken the subtask from its node. */
  reassigned: z.enum(REASSIGN_CAUSES).optional(),
});
export type SubTaskUpdate = z.infer<typeof subTaskUpdateSchema>;

/**
 * The sender of an envelope. A node sends `node_id` and `instance_id`, on `cs.state`. A service sends `operator`, on
 * `cs.service-updates`: its own name, or the name of the person or key that commanded the update.
 */
export const senderSchema = z.object({
  node_id: nameSchema.optional(),
  /** New at each start of the node's process. */
  instance_id: nameSchema.optional(),
  operator: labelSchema.optional(),
});
export type Sender = z.infer<typeof senderSchema>;

/**
 * One message on `cs.state` or `cs.service-updates`: the updates of a sender from the last 20-100 ms. Each update
 * is checked separately.
 */
export const updateEnvelopeSchema = senderSchema.extend({
  sent_time: timeSchema,
  /** By task: a traceparent of the work that led to its updates, where it is traced. Any other value is ignored. */
  traces: z.record(z.string(), z.unknown()).optional().catch(undefined),
  updates: z.array(z.unknown()).min(1).max(MAX_UPDATES_PER_ENVELOPE),
});
/** The text of the error for a message that is not an envelope. */
export const ENVELOPE_SHAPE =
  'an envelope is {"node_id": "node-7", "sent_time": "2026-01-01T12:00:00Z", "updates": [{"task_id": "…", "subtask_id": "…", ' +
  '"attempt": 1, "lease_id": "…", "status": "SCANNING"}]}';
/** The text of the error for a node's update without a lease. */
export const LEASE_REQUIRED =
  'lease_id: required: a random id (a UUID) that the node makes when it claims the subtask, the same in every update of the attempt';

export type UpdateEnvelope = Omit<z.infer<typeof updateEnvelopeSchema>, 'updates'> & { updates: SubTaskUpdate[] };
