import * as z from 'zod';
import { onlySchema } from '../../documents/task';
import { taskIdSchema } from '../../fields/fields';
import { toSentence } from '../../sentences/sentences';
import { createTaskBodySchema, taskShape } from './task';

type Given<Field extends z.ZodType> = z.ZodOptional<
  Field extends z.ZodDefault<infer Inner extends z.ZodType> ? Inner : Field
>;

/** The same fields, all optional and without default: what is left out is copied from the other task. */
const toGiven = <Shape extends z.ZodRawShape>(shape: Shape) =>
  Object.fromEntries(
    Object.entries(shape).map(([name, field]) => [name, withoutDefault(field as z.ZodType).optional()]),
  ) as { [Name in keyof Shape]: Shape[Name] extends z.ZodType ? Given<Shape[Name]> : never };

function withoutDefault(field: z.ZodType): z.ZodType {
  if (!(field instanceof z.ZodDefault)) return field;
  const inner = field.unwrap() as z.ZodType;
  return field.description === undefined ? inner : inner.describe(field.description);
}

const { task_initiator, scan, config, error_info, ...rest } = taskShape;
export const scanChangeSchema = z.strictObject(toGiven(scan.shape)).describe('What is not given is as it is there');
export const taskConfigChangeSchema = z
  .strictObject(toGiven(config.unwrap().shape))
  .describe('What is not given is as it is there');

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
