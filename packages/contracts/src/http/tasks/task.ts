import * as z from 'zod';
import { SCANNED_SHARE } from '../../documents/progress';
import { retryStatusSchema, selectedTargetSchema } from '../../documents/retry-selection';
import { subTaskStatusSchema } from '../../documents/subtask';
import { taskConfigSchema, taskStatusSchema } from '../../documents/task';
import {
  countSchema,
  errorCodeSchema,
  labelsSchema,
  nameSchema,
  oneAddressSchema,
  pageLimitSchema,
  queryIntegerSchema,
  reasonSchema,
  taskIdSchema,
  taskNameSchema,
} from '../../fields/fields';
import { needsPorts } from '../../fields/port-methods';
import { ALL_PORTS } from '../../fields/ports';
import { jsonForms } from '../../json-schema/json-forms';
import { toSentence } from '../../sentences/sentences';
import { oneOrMore } from '../one-or-more';
import { MAX_POSITION } from './grid';
import { plainTaskShape } from './task-shape';
import { taskStepsSchema } from './task-step';

/** A task as its client gives it. */
export const taskShape = { ...plainTaskShape, on_end: taskStepsSchema.optional() };

/** `POST /api/tasks`. Only these fields are the client's; every other is the server's, and refused. */
export const createTaskBodySchema = z
  .strictObject(taskShape)
  .describe('A task as its client gives it')
  .transform(({ config: { error_threshold: inConfig, ...config }, error_info, scan, ...body }, context) => {
    const { ports = ALL_PORTS, ...how } = scan;
    if (scan.ports === undefined && needsPorts(scan.method)) {
      context.addIssue({ code: 'custom', path: ['scan', 'ports'], message: toSentence('required') });
    }
    const { error_threshold = inConfig } = error_info;
    if (inConfig !== undefined && inConfig !== error_threshold) {
      const [given, other] = [error_threshold, inConfig].map((threshold) => JSON.stringify(threshold));
      const message = toSentence('two_thresholds', { given: given!, other: other! });
      context.addIssue({ code: 'custom', path: ['error_info', 'error_threshold'], message });
    }
    return { ...body, scan: { ports, ...how }, config, ...(error_threshold !== undefined && { error_threshold }) };
  });
export type CreateTaskBody = z.infer<typeof createTaskBodySchema>;

/** The body of pause, resume, cancel and retry. */
export const commandBodySchema = z.strictObject({ reason: reasonSchema }).describe('Why it is commanded').prefault({});

/** The body of the retry of a task. */
export const retryTaskBodySchema = z
  .strictObject({
    target: selectedTargetSchema,
    status: oneOrMore(retryStatusSchema, retryStatusSchema.options.length).describe('Only those in this status'),
    error_code: errorCodeSchema.optional().describe('Only those whose last error has this code'),
    dry_run: z.boolean().default(false).describe('Say how many would be retried, and do nothing'),
    reason: reasonSchema,
  })
  .describe('Which subtasks are scanned again: those that match everything that is given')
  .prefault({});
export type RetryTaskBody = z.output<typeof retryTaskBodySchema>;

export const COMMAND_EXAMPLES = { 'with a reason': { reason: 'the customer asked for it' } };

/** The query of every list. */
export const CURSOR = '`next_cursor` of the page before';
export const pageShape = { limit: pageLimitSchema };
export const listSubTasksQuerySchema = z.strictObject({
  ...pageShape,
  // The index of the first subtask of the page, and which list it is of.
  cursor: z
    .string()
    .regex(/^\d{1,10}-[0-9a-f]{8}$/, toSentence('next_cursor'))
    .optional()
    .describe(CURSOR),
  from: queryIntegerSchema({ min: 0, max: MAX_POSITION })
    .optional()
    .describe('The index of the first subtask that the list begins at. A cursor continues where it is')
    .register(jsonForms, { form: { type: 'integer', minimum: 0, maximum: MAX_POSITION } }),
  status: oneOrMore(subTaskStatusSchema, subTaskStatusSchema.options.length).describe(
    'Only subtasks in one of these statuses',
  ),
  error_code: errorCodeSchema
    .optional()
    .describe('Only subtasks whose last error has this code; a COMPLETED subtask has none'),
  has_open_ports: z
    .literal('true', toSentence('true_or_absent'))
    .transform(() => true as const)
    .optional()
    .describe('Only subtasks with an open port'),
  ip: oneAddressSchema.optional().describe('Only the subtask of this address'),
  target: selectedTargetSchema,
  node_id: nameSchema.optional().describe('Only subtasks that this node holds now'),
  last_node: nameSchema
    .optional()
    .describe('Only subtasks whose attempt before the present one this node had: what a lost node held'),
  sort: z
    .enum(['index', 'address'])
    .default('index')
    .describe(
      'By `index`, or by address: `from` is then a place in this order. By address, a page by status or error code may ' +
        'be short, even empty, and have a `next_cursor`',
    ),
});

/** `PATCH /api/tasks/{task_id}`. Fields that are left out stay as they are. */
export const changeTaskBodySchema = z
  .strictObject({
    name: taskNameSchema.nullable().optional().describe('null removes it'),
    labels: labelsSchema.optional().describe('All labels from now on'),
    priority: taskConfigSchema.shape.priority.unwrap().optional().describe('`config.priority` from now on'),
    reason: reasonSchema,
  })
  .describe('What is not given stays')
  .prefault({});

/** `DELETE /api/tasks/{task_id}`: a reason in the query, since a body of a DELETE may be lost on its way. */
export const deleteTaskQuerySchema = z.strictObject({ reason: reasonSchema.describe('For the audit log') });

/** `POST /api/tasks/{task_id}/ticket`, and `POST /api/tickets`. */
export const ticketViewSchema = z
  .strictObject({
    ticket: z
      .string()
      .describe(
        'Opens one WebSocket: `/ws/tasks/{task_id}/progress?ticket=…`, `/ws/tasks/{task_id}/grid?ticket=…`, or ' +
          '`/ws/tasks/progress?ticket=…` for all tasks',
      ),
    expires_in: countSchema.describe('Seconds'),
  })
  .describe('Opens one WebSocket');
export type TicketView = z.infer<typeof ticketViewSchema>;

/** `GET /api/tasks/{task_id}/status`: contract 8.1, exactly. Durations in seconds. */
export const taskStatusViewSchema = z
  .strictObject({
    task_id: taskIdSchema,
    status: taskStatusSchema,
    progress: z
      .strictObject({
        percentage: z.number().describe(SCANNED_SHARE),
        completed: countSchema,
        total: countSchema,
        /** Seconds; 0 once ended, null where neither the task's rate nor the fleet's is known. */
        estimated_remaining: z.number().nullable(),
      })
      .describe('How far a task is'),
    timeline: z.array(
      z
        .strictObject({ status: taskStatusSchema, timestamp: z.string(), duration: z.number() })
        .describe('One status that a task has had'),
    ),
  })
  .describe('The status of a task and how it came to it. Durations are in seconds');
export type TaskStatusView = z.infer<typeof taskStatusViewSchema>;
