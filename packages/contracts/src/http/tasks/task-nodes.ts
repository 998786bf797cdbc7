import * as z from 'zod';
import { countSchema, taskIdSchema } from '../../fields/fields';

/** Nodes of one answer at most. */
export const MAX_TASK_NODES = 1_000;
/** The seconds of `rate`. */
export const TASK_NODE_RATE_SECONDS = 300;

const taskNodeSchema = z.strictObject({
  node_id: z.string(),
  held: countSchema.describe('Subtasks that are ASSIGNED to it or that it is SCANNING now'),
  completed: countSchema.describe('Of the counted subtasks'),
  failed: countSchema.describe('Of the counted subtasks: FAILED or TIMEOUT without another attempt'),
  share: z.number().describe('Of the counted subtasks that a node has closed, from 0 to 1'),
  failure_rate: z.number().nullable().describe('failed / (completed + failed); null if it has closed none'),
  rate: z
    .number()
    .nullable()
    .describe(`Subtasks per second that it completed in the last ${TASK_NODE_RATE_SECONDS} s; null if sampled`),
});
export type TaskNode = z.infer<typeof taskNodeSchema>;

/** `GET /api/tasks/{task_id}/nodes`. */
export const taskNodesSchema = z
  .strictObject({
    task_id: taskIdSchema,
    sampled: z
      .boolean()
      .describe('The task has more subtasks than are counted; an even sample of them is. `held` is exact all the same'),
    counted: countSchema.describe('Subtasks that are counted, also those that no node has closed'),
    total: countSchema.describe('Subtasks that were sent out'),
    items: z.array(taskNodeSchema).max(MAX_TASK_NODES).describe('The largest share first'),
  })
  .describe('What each node does for a task');
export type TaskNodes = z.infer<typeof taskNodesSchema>;
