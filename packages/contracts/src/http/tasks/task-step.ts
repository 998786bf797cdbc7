import * as z from 'zod';
import { toSentence } from '../../sentences/sentences';
import { plainTaskShape, scanChangeSchema, taskConfigChangeSchema, toGiven } from './task-shape';

/** The most tasks that follow one another. */
export const MAX_STEPS = 4;
/** The most bytes of JSON that `on_end` has. */
export const MAX_STEPS_BYTES = 16_384;

const { task_type, task_category, name, labels, metadata, error_info } = plainTaskShape;

export const stepTargetsSchema = z
  .enum(['open', 'all'])
  .describe('`open`: the addresses on which the task before found an open port; `all`: every address of it');

/** The task that begins when another one is COMPLETED. */
export const taskStepSchema = z
  .strictObject({
    targets: stepTargetsSchema.default('open'),
    ...toGiven({ task_type, task_category, name, labels, metadata }),
    scan: scanChangeSchema.describe(
      'How each address is scanned. Without `ports`: those that the task before found open; with `targets` `all`, ' +
        'those that it scanned. What is not given besides is as it is there; `options` belong to their `method`',
    ),
    config: taskConfigChangeSchema.optional(),
    error_info: error_info.unwrap().optional(),
  })
  .describe('The task that begins when another one is COMPLETED. What is not given is as it is there');
export type TaskStep = z.infer<typeof taskStepSchema>;

export const taskStepsSchema = z
  .array(taskStepSchema)
  .min(1)
  .max(MAX_STEPS)
  .superRefine((steps, context) => {
    if (new TextEncoder().encode(JSON.stringify(steps)).length <= MAX_STEPS_BYTES) return;
    context.addIssue({ code: 'custom', message: toSentence('json_too_large', { limit: MAX_STEPS_BYTES }) });
  })
  .describe(
    'What is scanned when this task is COMPLETED: the first begins then, each further one when the one before is ' +
      `COMPLETED. ${MAX_STEPS_BYTES} bytes of JSON at most`,
  );
