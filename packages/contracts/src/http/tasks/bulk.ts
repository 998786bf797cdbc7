import * as z from 'zod';
import { taskConfigSchema } from '../../documents/task';
import {
  countSchema,
  documentIdSchema,
  labelSchema,
  labelsSchema,
  reasonSchema,
  taskIdSchema,
} from '../../fields/fields';
import { toSentence } from '../../sentences/sentences';
import { operationsOf, pageOf } from '../operation';
import { CURSOR, pageShape } from './task';
import { taskFilterShape } from './task-list';

/** The most tasks of one operation. */
export const MAX_BULK_TASKS = 10_000;
/** The number of ids that the answer to a dry run shows. */
export const SHOWN_TASK_IDS = 100;
/** The number of failed tasks that an operation shows, with their reasons. */
export const SHOWN_FAILURES = 20;

const filterSchema = z.strictObject(taskFilterShape).describe('Only tasks that match everything that is given');
const hasFilter = (filter: z.output<typeof filterSchema>) => Object.values(filter).some((value) => value !== undefined);

/** The actions that need nothing but tasks, as the commands of one task. */
export const PLAIN_ACTIONS = ['pause', 'resume', 'cancel', 'retry', 'delete'] as const;
export const BULK_ACTIONS = [...PLAIN_ACTIONS, 'label', 'priority'] as const;
export const bulkActionSchema = z.enum(BULK_ACTIONS).describe('What is done to each task');
export type BulkAction = z.infer<typeof bulkActionSchema>;
/** The actions that stop tasks: they go first. */
export const STOPPING_ACTIONS: readonly BulkAction[] = ['cancel', 'pause'];

const bulkShape = {
  filter: filterSchema.default({}).describe('The filters of `GET /api/tasks`'),
  all: z.literal(true).optional().describe('Needed without any filter: all tasks'),
  reason: reasonSchema,
  dry_run: z.boolean().default(false).describe('Say which tasks match, and do nothing'),
  limit: z.number().int().min(1).max(MAX_BULK_TASKS).default(MAX_BULK_TASKS).describe('The most tasks of one call'),
};

/** `POST /api/tasks/bulk`. */
export const bulkBodySchema = z
  .discriminatedUnion('action', [
    z.strictObject({ ...bulkShape, action: z.enum(PLAIN_ACTIONS) }).describe('What is done to one task, to many'),
    z
      .strictObject({
        ...bulkShape,
        action: z.literal('label'),
        add_labels: labelsSchema.default([]).describe('Labels that each task gets'),
        remove_labels: labelsSchema.default([]).describe('Labels that each task loses'),
      })
      .describe('Labels of many tasks'),
    z
      .strictObject({
        ...bulkShape,
        action: z.literal('priority'),
        priority: taskConfigSchema.shape.priority.unwrap().describe('`config.priority` from now on'),
      })
      .describe('The priority of many tasks'),
  ])
  .refine(({ filter, all }) => all || hasFilter(filter), {
    path: ['filter'],
    message: toSentence('one_filter'),
  })
  .refine(({ filter, all }) => !(all && hasFilter(filter)), {
    path: ['all'],
    message: toSentence('all_and_filter'),
  })
  .refine((body) => body.action !== 'label' || body.add_labels.length + body.remove_labels.length > 0, {
    path: ['add_labels'],
    message: toSentence('no_labels'),
  })
  .describe('A command for many tasks');
export type BulkBody = z.output<typeof bulkBodySchema>;

const failureSchema = z.strictObject({
  task_id: taskIdSchema,
  code: z.string().describe('As the code of a problem'),
  detail: z.string(),
});
export type BulkFailure = z.infer<typeof failureSchema>;

/** The answer to a dry run. */
export const bulkPlanSchema = z
  .strictObject({
    dry_run: z.literal(true),
    action: bulkActionSchema,
    matched: countSchema.describe('Tasks that match, up to `limit`'),
    task_ids: z.array(taskIdSchema).describe(`The first ${SHOWN_TASK_IDS} of them, the oldest first`),
    more: z.boolean().describe('More tasks match than one call takes'),
  })
  .describe('What a command for many tasks would do');

/** The `operations` collection: a command for many tasks, which are named when it begins. */
export const operationSchema = z
  .object({
    operation_id: documentIdSchema.describe('24 hex digits; later ones are greater'),
    action: bulkActionSchema,
    add_labels: z.array(labelSchema).optional(),
    remove_labels: z.array(labelSchema).optional(),
    priority: z.number().optional(),
    filter: z.record(z.string(), z.unknown()).describe('As it was sent'),
    reason: z.string().optional(),
    operator: labelSchema.describe('The name of the API key'),
    state: z.enum(['waiting', 'running', 'done', 'cancelled']),
    matched: countSchema.describe('Its tasks'),
    done: countSchema.describe('Tasks that were changed'),
    unchanged: countSchema.describe('Tasks with nothing to do, and of pause, resume and cancel those that have ended'),
    failed: countSchema.describe('Tasks that refused, or that could not be commanded'),
    failures: z.array(failureSchema).describe(`The first ${SHOWN_FAILURES} of them`),
    more: z.boolean().describe('More tasks matched than one operation takes: send it again afterwards'),
    created_time: z.date(),
    ended_time: z.date().optional(),
    cancelled_by: labelSchema.optional().describe('Who cancelled it: the name of an API key, or `task-api`'),
    cancel_reason: z.string().optional().describe('Why it was cancelled'),
    expires: z.date().describe('When the operation is deleted'),
  })
  .describe('A command for many tasks');
export type BulkOperation = z.infer<typeof operationSchema>;

/** `DELETE /api/operations/{operation_id}`: a reason in the query, since a body of a DELETE may be lost on its way. */
export const cancelOperationQuerySchema = z.strictObject({ reason: reasonSchema });

/** `GET /api/operations`: newest first. */
export const listOperationsQuerySchema = z.strictObject({
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
});

/** The operations of the tag `operations`. */
export const BULK_OPERATIONS = operationsOf('operations', {
  bulkTasks: {
    route: 'POST /api/tasks/bulk',
    summary: 'Command all tasks that match a filter',
    description:
      'The tasks are named at once and commanded in the background, each once, whichever replica stops meanwhile. ' +
      '`delete` needs the role admin.',
    role: 'operator',
    networks: 'refused',
    body: bulkBodySchema,
    examples: {
      'what would be paused': { filter: { label: ['nightly'], status: ['RUNNING'] }, action: 'pause', dry_run: true },
      labels: { filter: { label: ['nightly'] }, action: 'label', add_labels: ['night'], remove_labels: ['nightly'] },
    },
    answers: {
      200: { when: 'With `dry_run`: the tasks that match', body: bulkPlanSchema },
      202: { when: 'The operation is stored, and will be carried out', body: operationSchema, location: true },
    },
  },
  listOperations: {
    route: 'GET /api/operations',
    summary: 'List operations on many tasks, newest first',
    role: 'viewer',
    networks: 'refused',
    query: listOperationsQuerySchema,
    answers: { 200: { when: 'A page of operations', body: pageOf(operationSchema) } },
  },
  getOperation: {
    route: 'GET /api/operations/{operation_id}',
    summary: 'Read how far an operation is',
    role: 'viewer',
    networks: 'refused',
    answers: { 200: { when: 'The operation', body: operationSchema } },
    problems: ['operation_not_found'],
  },
  cancelOperation: {
    route: 'DELETE /api/operations/{operation_id}',
    summary: 'End an operation before its last task',
    description:
      'Tasks that were commanded stay as they are, and one may be commanded at this moment. An operation that has ' +
      'ended stays as it is.',
    role: 'operator',
    networks: 'refused',
    query: cancelOperationQuerySchema,
    answers: { 200: { when: 'The operation has ended', body: operationSchema } },
    problems: ['operation_not_found'],
  },
});

const [bulkCommand, bulkLabel, bulkPriority] = bulkBodySchema.options;

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const BULK_REQUESTS = {
  Bulk: bulkBodySchema,
  BulkCommand: bulkCommand,
  BulkLabel: bulkLabel,
  BulkPriority: bulkPriority,
  TaskFilter: bulkCommand.shape.filter.unwrap(),
};
export const BULK_ANSWERS = {
  Operation: operationSchema,
  OperationPage: pageOf(operationSchema),
  BulkAction: bulkActionSchema,
  BulkPlan: bulkPlanSchema,
};
