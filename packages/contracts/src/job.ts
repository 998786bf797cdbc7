import { z } from 'zod';
import {
  addressSchema,
  attemptSchema,
  MAX_SUBTASKS_PER_JOB,
  nameSchema,
  subTaskIdSchema,
  taskIdSchema,
} from './fields';
import { NODE_CONTRACT } from './heartbeat';
import { scanSchema, type Task } from './task';

/**
 * One message on `cs.jobs`: a chunk of a task's subtasks for whichever node takes it. Its AMQP header `traceparent`
 * (W3C Trace Context) is there where the task is traced.
 */
export const jobSchema = z.object({
  /** The version of the node contract that its sender keeps; 1 where it does not say. */
  contract: z.number().int().min(1).optional(),
  task_id: taskIdSchema,
  scan: scanSchema,
  /** Seconds that one address may take. */
  subtask_timeout: z.number().positive(),
  /** Never to be scanned, whatever the subtasks say. */
  exclude_target: z.string().optional(),
  /** The node that these failed on: it leaves them to another for a moment, and takes them where none comes. */
  avoid_node: nameSchema.optional(),
  subtasks: z
    .array(z.object({ subtask_id: subTaskIdSchema, ip: addressSchema, attempt: attemptSchema() }))
    .min(1)
    .max(MAX_SUBTASKS_PER_JOB),
});
export type Job = z.infer<typeof jobSchema>;

/** The fields of its task that a job carries. */
export type JobTask = Pick<Task, 'task_id' | 'scan' | 'exclude_target'> & {
  config: Pick<Task['config'], 'subtask_timeout'>;
};

/** Some of a task's subtasks as one job. */
export const toJob = (
  { task_id, scan, config, exclude_target }: JobTask,
  subtasks: Job['subtasks'],
  avoid_node?: string,
): Job => ({
  contract: NODE_CONTRACT,
  task_id,
  scan,
  subtask_timeout: config.subtask_timeout,
  ...(exclude_target !== undefined && { exclude_target }),
  ...(avoid_node !== undefined && { avoid_node }),
  subtasks,
});
