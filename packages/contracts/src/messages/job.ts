import * as z from 'zod';
import { MAX_EXCLUSIONS } from '../documents/exclusion';
import { scanSchema, type Task } from '../documents/task';
import {
  addressSchema,
  attemptSchema,
  MAX_SUBTASKS_PER_JOB,
  nameSchema,
  subTaskIdSchema,
  taskIdSchema,
} from '../fields/fields';
import { NODE_CONTRACT } from './heartbeat';

/** Ports that are never to be scanned, of some addresses. */
export const excludePortsSchema = z
  .array(
    z
      .object({
        target: z.string().describe('Addresses, in the grammar of `exclude_target`'),
        ports: z.string().describe('Ports and ranges, in the grammar of `scan.ports`'),
      })
      .describe('Ports of some addresses'),
  )
  .max(MAX_EXCLUSIONS);
export type ExcludePorts = z.infer<typeof excludePortsSchema>;

export const jobSchema = z
  .object({
    contract: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('The version of the node contract that the sender keeps; absent: 1'),
    job_id: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'The same in each delivery of this message; a job that is sent again has a new one. Services always send it',
      ),
    task_id: taskIdSchema,
    scan: scanSchema,
    subtask_timeout: z.number().positive().describe('Seconds that one address may take, from the start of its scan'),
    exclude_target: z
      .string()
      .optional()
      .describe(
        'Addresses, CIDR and ranges, separated by commas or blanks: never to be scanned, whatever subtasks says',
      ),
    exclude_ports: excludePortsSchema
      .optional()
      .describe('Ports of some addresses that are never to be scanned, whatever `scan` says'),
    avoid_node: nameSchema
      .optional()
      .describe(
        'The node that these failed on. It returns the job to the queue first, and takes it if no other node does',
      ),
    not_after: z
      .number()
      .int()
      .optional()
      .describe(
        'Milliseconds since 1970 by the clock of the server (`server_time`): from then on nothing of this job may ' +
          'begin. Ack it without a claim, and hand back the claims that wait: FAILED TASK_HELD. It is sent again when it ' +
          'may begin',
      ),
    rules_time: z
      .number()
      .int()
      .optional()
      .describe(
        'Milliseconds since 1970 by the clock of the server: the exclusions of this time are kept in this job. If it is ' +
          'before `jobs_since` of the last `repeated`, nothing of the job may begin, as after `not_after`',
      ),
    subtasks: z
      .array(z.object({ subtask_id: subTaskIdSchema, ip: addressSchema, attempt: attemptSchema() }))
      .min(1)
      .max(MAX_SUBTASKS_PER_JOB),
  })
  .meta({
    title: 'Job',
    description:
      "A chunk of a task's subtasks for whichever node of the pool takes it. If the task is traced, the AMQP header " +
      '`traceparent` (W3C Trace Context) says so.',
  });
export type Job = z.infer<typeof jobSchema>;
export type JobSubTask = Job['subtasks'][number];

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
