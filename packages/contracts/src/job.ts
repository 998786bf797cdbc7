import { z } from 'zod';
import { addressSchema, attemptSchema, nameSchema, subTaskIdSchema, taskIdSchema } from './fields';
import { scanSchema } from './task';

/**
 * One message on `cs.jobs`: a chunk of a task's subtasks for whichever node takes it. Its AMQP header `traceparent` (W3C Trace
 * Context) is there where the task is traced.
 */
export const jobSchema = z.object({
  task_id: taskIdSchema,
  scan: scanSchema,
  /** Seconds that one address may take. */
  subtask_timeout: z.number().positive(),
  /** Never to be scanned, whatever the subtasks say. */
  exclude_target: z.string().optional(),
  /** The node that these failed on: it leaves them to another for a moment, and takes them where none comes. */
  avoid_node: nameSchema.optional(),
  subtasks: z
    .array(z.object({ subtask_id: subTaskIdSchema, ip: addressSchema, attempt: attemptSchema }))
    .min(1)
    .max(500),
});
export type Job = z.infer<typeof jobSchema>;
