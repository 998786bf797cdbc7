import * as z from 'zod';
import { reportedResultSchema } from '../documents/scan-result';
import {
  addressSchema,
  attemptSchema,
  errorCodeSchema,
  leaseIdSchema,
  MAX_ERROR_MESSAGE_LENGTH,
  MAX_UPDATES_PER_ENVELOPE,
  senderSchema,
  subTaskIdSchema,
  taskIdSchema,
  timeSchema,
  updateReasonSchema,
} from '../fields/fields';
import { toSentence } from '../sentences/sentences';

/** Why heartbeat-monitor takes a subtask from its node; all but the last are tried elsewhere without cost. */
export const REASSIGN_CAUSES = ['silent', 'left', 'offline', 'restarted', 'unheard', 'zombie', 'overdue'] as const;
export type ReassignCause = (typeof REASSIGN_CAUSES)[number];

/** `lease_id` is absent only where a service cancels or retries a subtask that no node holds. */
export const subTaskUpdateSchema = z
  .object({
    task_id: taskIdSchema,
    subtask_id: subTaskIdSchema,
    ip: addressSchema.optional(),
    attempt: attemptSchema({ required: toSentence('attempt_required') }),
    lease_id: leaseIdSchema.optional(),
    status: z.enum(['ASSIGNED', 'SCANNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'RETRYING', 'CANCELLED']),
    assigned_time: timeSchema.optional(),
    started_time: timeSchema.optional(),
    completed_time: timeSchema.optional(),
    scan_result: reportedResultSchema.optional(),
    error_info: z
      .object({ error_code: errorCodeSchema, error_message: z.string().max(MAX_ERROR_MESSAGE_LENGTH) })
      .optional(),
    reason: updateReasonSchema.optional(),
    reassigned: z.enum(REASSIGN_CAUSES).optional().describe('For the metrics: why a service reassigns the subtask'),
  })
  .describe(
    'All that is known of one attempt of one subtask. Cumulative: the newest one alone is enough, and the ' +
      'transitions ' +
      'that it implies are filled in.',
  );
export type SubTaskUpdate = z.infer<typeof subTaskUpdateSchema>;

/** Each update is checked separately. */
export const updateEnvelopeSchema = senderSchema.extend({
  sent_time: timeSchema.describe("When it was sent, on the sender's clock; ISO 8601 with any offset"),
  traces: z
    .record(z.string(), z.unknown())
    .optional()
    .catch(undefined)
    .describe('By task id, a `traceparent` of the work that led to its updates. Any other value is ignored'),
  updates: z.array(z.unknown()).min(1).max(MAX_UPDATES_PER_ENVELOPE),
});

/** The text of the error for a message that is not an envelope. */
export const ENVELOPE_SHAPE = toSentence('envelope_shape', {
  example:
    '{"node_id": "node-7", "sent_time": "2026-01-01T12:00:00Z", "updates": [{"task_id": "…", "subtask_id": "…", ' +
    '"attempt": 1, "lease_id": "…", "status": "SCANNING"}]}',
});
/** The text of the error for a node's update without a lease. */
export const LEASE_REQUIRED = `lease_id: ${toSentence('lease_required')}`;

export type UpdateEnvelope = Omit<z.infer<typeof updateEnvelopeSchema>, 'updates'> & { updates: SubTaskUpdate[] };
