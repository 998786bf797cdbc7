import * as z from 'zod';
import { portResultSchema, portSchema, scanResultSchema } from '../../documents/scan-result';
import {
  labelSchema,
  networkSchema,
  queryPortSchema,
  resultLimitSchema,
  subTaskIdSchema,
  taskIdSchema,
} from '../../fields/fields';
import { toSentence } from '../../sentences/sentences';
import { CURSOR } from './task';

/** The forms that a list of results has beside pages: streams of everything that matches. */
export const RESULT_STREAMS = { ndjson: 'application/x-ndjson', csv: 'text/csv' } as const;
export type ResultStream = keyof typeof RESULT_STREAMS;

/** A completed scan that found an open port. */
export const resultSchema = z
  .strictObject({
    task_id: taskIdSchema,
    subtask_id: subTaskIdSchema,
    ip: z.string().describe('An IPv4 or IPv6 address'),
    open_ports: z.array(portSchema).min(1),
    services: scanResultSchema.shape.services,
    ports: z
      .array(portResultSchema)
      .describe(
        'What is known of each port: as the node reported it, or else the first 1,024 open ports, with their services',
      ),
    hostnames: scanResultSchema.shape.hostnames,
    finding_count: scanResultSchema.shape.finding_count,
    response_time: scanResultSchema.shape.response_time.describe('Milliseconds of the quickest answer'),
    completed_time: z.date(),
    assigned_node: z.string().optional().describe('The node that scanned it'),
    task_name: z
      .string()
      .optional()
      .describe('The name of the task, or the beginning of its targets: in a page of `/api/results` alone'),
  })
  .describe('A completed scan that found an open port');
export type Result = z.infer<typeof resultSchema>;

export const resultSortSchema = z
  .enum(['address'])
  .describe('By address; with `label`, within each task. Otherwise in the order that the description names');

/** The columns of the CSV: one row per open port. */
export const RESULT_COLUMNS = [
  'task_id',
  'subtask_id',
  'ip',
  'port',
  'protocol',
  'service',
  'completed_time',
  'node',
] as const;

const timeSchema = z.iso.datetime({ offset: true }).optional();

/** `GET /api/tasks/{task_id}/results`. */
export const listTaskResultsQuerySchema = z.strictObject({
  port: queryPortSchema.optional().describe('Only hosts with this port open'),
  service: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, toSentence('visible_characters'))
    .optional()
    .describe('Only hosts with a service whose name contains this text, in any case; with `port`: on that port'),
  target: networkSchema.optional().describe('Only this address, or addresses in this network'),
  after: timeSchema.describe('Only scans that completed at this time or later'),
  before: timeSchema.describe('Only scans that completed before this time'),
  sort: resultSortSchema.optional(),
  format: z
    .enum(['json', 'ndjson', 'csv'])
    .optional()
    .describe('A page as JSON, or a stream of everything that matches; by default as `Accept` says, else `json`'),
  limit: resultLimitSchema.describe('Results at most; by default 100 in a page, all in a stream'),
  cursor: z
    .string()
    .regex(/^(\d{1,15}|4[0-9a-f]{8}|6[0-9a-f]{32})-[0-9a-f]{24}-[0-9a-f]{8}$/, toSentence('next_cursor'))
    .optional()
    .describe(CURSOR),
});

/** `GET /api/results`. */
export const listResultsQuerySchema = listTaskResultsQuerySchema.extend({
  task_id: taskIdSchema.optional().describe('Only results of this task'),
  label: labelSchema
    .optional()
    .describe('Only results of tasks with this label, task by task, the newest task first; of 200 tasks at most'),
});
