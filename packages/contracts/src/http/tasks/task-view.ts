import * as z from 'zod';
import { subTaskHistoryEntrySchema, subTaskSchema, subTaskStatusSchema } from '../../documents/subtask';
import { taskHistoryEntrySchema, taskSchema, taskStatusSchema } from '../../documents/task';
import { waitingReasonSchema } from '../../documents/waiting-reason';
import { countSchema, subTaskIdSchema, taskIdSchema } from '../../fields/fields';
import { jsonForms } from '../../json-schema/json-forms';
import { sentenceSchema } from '../../sentences/sentences';
import { taskStatusViewSchema } from './task';

/** The fields of a task's document that only services need. */
export const INTERNAL_TASK_FIELDS = {
  target_ranges: true,
  cursor: true,
  rev: true,
  progress_seq: true,
  edits: true,
  unseen: true,
  fence: true,
  settled: true,
  resumed_time: true,
  held_seconds: true,
  end_hold: true,
  accepted_failures: true,
  retry_all: true,
  clean_up: true,
  chain: true,
} as const;

const waiting = waitingReasonSchema
  .optional()
  .describe('Why it does not continue now; absent if it does, or has ended');

/** Beside the text of each change of the status, and of an error. */
const said = { sentence: sentenceSchema.optional() };

/** A task as clients see it. */
export const taskViewSchema = taskSchema
  .omit(INTERNAL_TASK_FIELDS)
  .extend({
    status_history: z.array(taskHistoryEntrySchema.extend(said).describe('One change of the status of a task')),
    waiting_reason: waiting,
  })
  .describe('A task: its targets, how they are scanned, how far it is, and what became of it');
export type TaskView = z.infer<typeof taskViewSchema>;

/**
 * A subtask as clients see it. `lease_id` is left out, because anyone who knows it could send updates for the node that
 * holds the subtask. `has_open_ports` and `address_key` are left out, because they repeat `scan_result` and `ip`, and
 * `retry_due_time`, because `waiting_reason` explains it.
 */
export const subTaskViewSchema = subTaskSchema
  .omit({ lease_id: true, has_open_ports: true, address_key: true, retry_due_time: true })
  .extend({
    status_history: z.array(subTaskHistoryEntrySchema.extend(said).describe('One change of the status of a subtask')),
    error_info: subTaskSchema.shape.error_info.unwrap().extend(said).optional(),
    waiting_reason: waiting,
  })
  .describe('The scan of one address of a task');
export type SubTaskView = z.infer<typeof subTaskViewSchema>;

/** The answer to pause, resume and cancel. */
export const commandedTaskSchema = taskStatusViewSchema
  .extend({ changed: z.boolean().describe('False if there was nothing to do') })
  .describe('The status of a task after a command');
export type CommandedTaskView = z.infer<typeof commandedTaskSchema>;

/** `DELETE /api/tasks/{task_id}`. */
export const deletedTaskSchema = z
  .strictObject({ task_id: taskIdSchema, status: taskStatusSchema })
  .describe('A task that will be deleted');

/** `POST /api/tasks/{task_id}/retry`. */
export const retriedTaskSchema = z
  .strictObject({
    task_id: taskIdSchema,
    status: taskStatusSchema.describe('After the retry; of a dry run: now'),
    retried: countSchema.describe(
      'Subtasks that this retry sends to their next attempt: those that match, are FAILED or TIMEOUT now, and are not ' +
        'retried already. A failure that a node reported before the retry, and that is stored later, is retried too, ' +
        'and is not counted',
    ),
    dry_run: z.literal(true).optional().describe('It was a dry run: they would be scanned again'),
  })
  .describe('How much of a task is scanned again');

/** `POST /api/tasks/{task_id}/subtasks/{subtask_id}/retry`. */
export const retriedSubTaskSchema = z
  .strictObject({
    task_id: taskIdSchema,
    subtask_id: subTaskIdSchema,
    status: subTaskStatusSchema.describe('Before the retry'),
    retried: z
      .union([z.literal(0), z.literal(1)])
      .describe('0 if a retry is under way already')
      .register(jsonForms, { form: { type: 'integer', minimum: 0, maximum: 1 } }),
  })
  .describe('A subtask that is scanned again');
