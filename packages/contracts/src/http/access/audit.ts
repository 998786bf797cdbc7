import * as z from 'zod';
import { AUDIT_COLUMNS, auditViewSchema } from '../../documents/audit-entry';
import { documentIdSchema, labelSchema, taskIdSchema, timeSchema, visibleText } from '../../fields/fields';
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
  subject: visibleText(100)
    .optional()
    .describe('Only commands about this subtask, alert, dead letter, API key or other subject, or that created it'),
  after: timeSchema.optional().describe('Only those at or after this time'),
  before: timeSchema.optional().describe('Only those before this time'),
  format: z
    .enum(['json', 'ndjson', 'csv'])
    .optional()
    .describe('A page as JSON, or a stream of everything that matches; by default as `Accept` says, else `json`'),
});
export type ListAuditQuery = z.infer<typeof listAuditQuerySchema>;

/** The operations of the tag `audit`. */
export const AUDIT_OPERATIONS = operationsOf('audit', {
  listAudit: {
    route: 'GET /api/audit',
    summary: 'List commands and refused logins, newest first',
    description:
      'An entry of the list matches every filter that is given. As NDJSON or CSV: everything that matches, whatever ' +
      '`limit` is, in one answer, two at a time with one API key, and eight from a replica; `Accept` chooses, and in ' +
      'an address `format=ndjson` or `format=csv`. A fault that stays ends the connection before the end of the answer.',
    role: 'admin',
    networks: 'refused',
    query: listAuditQuerySchema,
    answers: { 200: { when: 'A page of entries', body: pageOf(auditViewSchema) } },
    streams: {
      'application/x-ndjson': 'One entry per line, as JSON',
      'text/csv':
        `One row per entry, with the columns ${AUDIT_COLUMNS.join(', ')} (RFC 4180). Text that a spreadsheet could ` +
        'take for a formula begins with an apostrophe.',
    },
    problems: ['too_many_exports', 'exports_busy'],
  },
});

/** Their answers, by the names that generators of clients give to the types. */
export const AUDIT_ANSWERS = { AuditEntry: auditViewSchema, AuditEntryPage: pageOf(auditViewSchema) };
