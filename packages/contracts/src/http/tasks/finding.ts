import * as z from 'zod';
import { findingKindSchema, findingSchema, SEVERITIES, severitySchema } from '../../documents/scan-result';
import { networkSchema, subTaskIdSchema, taskIdSchema, timeSchema } from '../../fields/fields';
import { toSentence } from '../../sentences/sentences';
import { oneOrMore } from '../one-or-more';
import { CURSOR, pageShape } from './task';

/** A finding of a completed scan. */
export const findingViewSchema = z
  .strictObject({
    task_id: taskIdSchema,
    subtask_id: subTaskIdSchema,
    ip: z.string().describe('An IPv4 or IPv6 address'),
    finding_id: findingSchema.shape.id,
    ...findingSchema.omit({ id: true }).shape,
    completed_time: z.date().describe('When its scan completed'),
    assigned_node: z.string().optional().describe('The node that found it'),
  })
  .describe('A finding of a completed scan');
export type Finding = z.infer<typeof findingViewSchema>;

/** The columns of the CSV. */
export const FINDING_COLUMNS = [
  'task_id',
  'subtask_id',
  'ip',
  'port',
  'protocol',
  'severity',
  'kind',
  'finding_id',
  'title',
  'data',
  'completed_time',
  'node',
] as const;

/** `GET /api/findings`. */
export const listFindingsQuerySchema = z.strictObject({
  ...pageShape,
  task_id: taskIdSchema.optional().describe('Only findings of this task'),
  target: networkSchema.optional().describe('Only this address, or addresses in this network'),
  severity: oneOrMore(severitySchema, SEVERITIES.length).describe('Only these; repeat the parameter for several'),
  kind: findingKindSchema.optional().describe('Only this kind'),
  finding_id: findingSchema.shape.id.optional().describe('Only this finding, on any address'),
  after: timeSchema.optional().describe('Only scans that completed at this time or later'),
  before: timeSchema.optional().describe('Only scans that completed before this time'),
  format: z
    .enum(['json', 'ndjson', 'csv'])
    .optional()
    .describe('A page as JSON, or a stream of everything that matches; by default as `Accept` says, else `json`'),
  cursor: z
    .string()
    .regex(/^(\d{1,15}|4[0-9a-f]{8}|6[0-9a-f]{32})-[0-9a-f]{24}-[0-9a-f]{8}$/, toSentence('next_cursor'))
    .optional()
    .describe(CURSOR),
});
export type ListFindingsQuery = z.infer<typeof listFindingsQuerySchema>;
