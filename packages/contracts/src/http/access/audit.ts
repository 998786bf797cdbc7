import * as z from 'zod';
import { documentIdSchema, labelSchema, taskIdSchema, timeSchema } from '../../fields/fields';
import { CURSOR, pageShape } from '../tasks/task';

/** `GET /api/audit`: newest first. */
export const listAuditQuerySchema = z.strictObject({
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
  operator: labelSchema.optional().describe('Only commands of this API key'),
  operation: z
    .string()
    .regex(/^[a-zA-Z]{1,50}$/, 'must be an operationId, or login')
    .optional()
    .describe('Only this operation, such as cancelTask or login'),
  task_id: taskIdSchema
    .optional()
    .describe('Only commands about this task; those of operations on many tasks are found by it alone'),
  after: timeSchema.optional().describe('Only those at or after this time'),
  before: timeSchema.optional().describe('Only those before this time'),
});
export type ListAuditQuery = z.infer<typeof listAuditQuerySchema>;
