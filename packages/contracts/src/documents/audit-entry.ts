import * as z from 'zod';
import { documentIdSchema, labelSchema } from '../fields/fields';

/** The operation of an entry about a request that was refused because it had no valid API key. */
export const LOGIN = 'login';

/** The `audit_log` collection: one command, or one refused login. Entries are added, and completed once. */
export const auditEntrySchema = z
  .object({
    audit_id: documentIdSchema.describe('24 hex digits; later ones are greater'),
    time: z.date().describe('When the request arrived'),
    operation: z.string().describe(`The operationId of the command, or \`${LOGIN}\` for an API key that was refused`),
    operator: labelSchema.optional().describe('The name of the API key; absent if the login was refused'),
    role: z.string().optional().describe('The role of the API key'),
    key_id: z.string().optional().describe('The API key; absent for a key of API_KEYS'),
    address: z.string().describe('Where the request came from'),
    request_id: z.string(),
    task_id: z.string().optional().describe('The task in the path of the request, or that the command created'),
    subject: z
      .string()
      .optional()
      .describe(
        'The subtask, alert, dead letter or API key that it was about, or what it created; of a retry, what was selected; the operation that commanded the task, if that was a command for many',
      ),
    dry_run: z.literal(true).optional().describe('It was a dry run: it changed nothing'),
    reason: z.string().optional().describe('As the caller gave it'),
    before: z.string().optional().describe('The status before the command; of changed fields these as JSON'),
    after: z
      .string()
      .optional()
      .describe('The status after the command; of changed fields these as JSON; `done` or `unchanged` by an operation'),
    status: z
      .number()
      .int()
      .min(100)
      .max(599)
      .optional()
      .describe(
        'The HTTP status; absent while a command continues whose request was given up (503), or if the replica died',
      ),
    code: z.string().optional().describe('Why it was refused, or failed'),
    expires: z.date().describe('When the entry is deleted'),
  })
  .describe('Who commanded what, when, from where, and what became of it');
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** An entry as the API shows it. */
export const auditViewSchema = auditEntrySchema
  .extend({
    task_name: z.string().optional().describe('What the task is called; absent if it is gone'),
    subject_name: z.string().optional().describe('What the subject is called, if it has a name'),
  })
  .describe('Who commanded what, when, from where, and what became of it');
export type AuditView = z.infer<typeof auditViewSchema>;

/** What is known of a command when it is over. */
export type AuditOutcome = Pick<
  AuditEntry,
  'task_id' | 'subject' | 'dry_run' | 'reason' | 'before' | 'after' | 'status' | 'code'
>;

/** The columns of the CSV of the audit log: one row per entry. */
export const AUDIT_COLUMNS = [
  'audit_id',
  'time',
  'operation',
  'dry_run',
  'operator',
  'role',
  'key_id',
  'address',
  'request_id',
  'task_id',
  'subject',
  'before',
  'after',
  'reason',
  'status',
  'code',
] as const;
