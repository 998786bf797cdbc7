import * as z from 'zod';
import { onlySchema } from '../../documents/task';
import { taskIdSchema } from '../../fields/fields';
import { toSentence } from '../../sentences/sentences';
import { createTaskBodySchema, taskShape } from './task';
import { scanChangeSchema, taskConfigChangeSchema, toGiven } from './task-shape';

const { task_initiator, scan: _scan, config: _config, error_info, ...rest } = taskShape;

/** `POST /api/tasks` with `from_task`: the same task again, but for the fields that are given. */
export const scanAgainBodySchema = z
  .strictObject({
    from_task: taskIdSchema.describe('Scan the targets of this task again. What is not given here is as it is there'),
    only: onlySchema.optional(),
    task_initiator,
    ...toGiven(rest),
    scan: scanChangeSchema.optional(),
    config: taskConfigChangeSchema.optional(),
    error_info: error_info.unwrap().optional(),
  })
  .superRefine(({ only, task_target }, context) => {
    if (only === undefined || task_target === undefined) return;
    context.addIssue({ code: 'custom', path: ['only'], message: toSentence('not_with_targets') });
  })
  .meta({ not: { required: ['only', 'task_target'], properties: { only: {}, task_target: {} } } })
  .describe('The task of another one again, but for the fields that are given');
export type ScanAgainBody = z.infer<typeof scanAgainBodySchema>;

/** `POST /api/tasks`. */
export const createTaskRequestSchema = z
  .union([createTaskBodySchema, scanAgainBodySchema])
  .describe('A task of its own, or that of another one again');
