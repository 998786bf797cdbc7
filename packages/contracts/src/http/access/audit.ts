import * as z from 'zod';
import { auditEntrySchema } from '../../documents/audit-entry';
import { documentIdSchema, labelSchema, taskIdSchema, timeSchema } from '../../fields/fields';
import { toSentence } from '../../sentences/sentences';
import { operationsOf, pageOf } from '../operation';
import { CURSOR, pageShape } from '../tasks/task';

/** `GET /api/audit`: newest first. */
export const listAuditQuerySchema = z.strictObject({
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
  operator: labelSchema.optional().describe('Only commands of this API key'),
  operation: z
    .string()
    .regex(/^[a-zA-Z]{1,50}$/, toSentence('operation_id'))
    .optional()
    .describe('Only this operation, such as cancelTask or login'),
  task_id: taskIdSchema
    .optional()
    .describe('Only commands about this task; those of operations on many tasks are found by it alone'),
  after: timeSchema.optional().describe('Only those at or after this time'),
  before: timeSchema.optional().describe('Only those before this time'),
});
export type ListAuditQuery = z.infer<typeof listAuditQuerySchema>;

/** The operations of the tag `audit`. */
export const AUDIT_OPERATIONS = operationsOf('audit', {
  listAudit: {
    route: 'GET /api/audit',
    summary: 'List commands and refused logins, newest first',
    role: 'admin',
    networks: 'refused',
    query: listAuditQuerySchema,
    answers: { 200: { when: 'A page of entries', body: pageOf(auditEntrySchema) } },
  },
});

/** Their answers, by the names that generators of clients give to the types. */
export const AUDIT_ANSWERS = { AuditEntry: auditEntrySchema, AuditEntryPage: pageOf(auditEntrySchema) };
