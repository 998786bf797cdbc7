import * as z from 'zod';
import { taskStatusSchema } from '../../documents/task';
import {
  documentIdSchema,
  labelSchema,
  MAX_LABELS,
  networkSchema,
  poolSchema,
  taskIdSchema,
  timeSchema,
} from '../../fields/fields';
import { toSentence } from '../../sentences/sentences';
import { oneOrMore } from '../one-or-more';
import { CURSOR, pageShape } from './task';

/** The most tasks that a filter names. */
const MAX_NAMED_TASKS = 100;

/** Which tasks: those that match every given filter. */
export const taskFilterShape = {
  task_id: oneOrMore(taskIdSchema, MAX_NAMED_TASKS).describe('Only these tasks'),
  status: oneOrMore(taskStatusSchema, taskStatusSchema.options.length).describe('Only tasks in one of these statuses'),
  task_type: labelSchema.optional().describe('Only tasks of this type'),
  task_category: labelSchema.optional().describe('Only tasks of this category'),
  task_initiator: labelSchema.optional().describe('Only tasks of this initiator'),
  label: oneOrMore(labelSchema, MAX_LABELS).describe('Only tasks with all of these labels'),
  pool: poolSchema.optional().describe('Only tasks of this pool of nodes'),
  schedule_id: documentIdSchema.optional().describe('Only tasks of this schedule'),
  freeze_id: documentIdSchema.optional().describe('Only tasks that this freeze or blackout holds now'),
  target: networkSchema.optional().describe('Only tasks that scan this address, or addresses in this network'),
  after: timeSchema.optional().describe('Only tasks that were created at this time or later'),
  before: timeSchema.optional().describe('Only tasks that were created before this time'),
};
export type TaskFilter = z.output<z.ZodObject<typeof taskFilterShape>>;

/** The columns of the CSV: one row per task. Numbers are as of its last roll-up. */
export const TASK_COLUMNS = [
  'task_id',
  'name',
  'status',
  'task_target',
  'task_type',
  'task_category',
  'task_initiator',
  'labels',
  'pool',
  'priority',
  'created_time',
  'started_time',
  'completed_time',
  'total_targets',
  'completed_count',
  'failed_count',
  'timeout_count',
  'cancelled_count',
  'progress_percentage',
  'metadata',
] as const;

export const TASK_SORTS = ['newest', 'oldest', 'priority'] as const;
export type TaskSort = (typeof TASK_SORTS)[number];

/** `GET /api/tasks`. */
export const listTasksQuerySchema = z.strictObject({
  ...taskFilterShape,
  sort: z
    .enum(TASK_SORTS)
    .default('newest')
    .describe('The order of the list, by `created_time`, or by `config.priority`: the highest first'),
  format: z
    .enum(['json', 'ndjson', 'csv'])
    .optional()
    .describe('A page as JSON, or a stream of everything that matches; by default as `Accept` says, else `json`'),
  ...pageShape,
  cursor: z
    .string()
    .regex(/^[nop]\d{1,15}-[0-9a-f]{24}$/, toSentence('next_cursor'))
    .optional()
    .describe(`${CURSOR}, with the same \`sort\``),
});
export type ListTasksQuery = z.output<typeof listTasksQuerySchema>;
