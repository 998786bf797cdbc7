import * as z from 'zod';
import { taskConfigSchema } from '../../documents/task';
import { errorThresholdSchema } from '../../fields/error-threshold';
import { labelSchema, labelsSchema, methodSchema, taskNameSchema } from '../../fields/fields';
import { metadataSchema, scanOptionsSchema } from '../../fields/json-object';
import { portsSchema } from '../../fields/ports';

/** The longest `task_target` and `exclude_target`, in characters. */
export const MAX_TARGET_TEXT = 900_000;
export const MAX_EXCLUDE_TEXT = 64_000;

/** A task as its client gives it, but for `on_end`. */
export const plainTaskShape = {
  task_target: z
    .string()
    .min(1)
    .max(MAX_TARGET_TEXT)
    .describe('Addresses, CIDR, ranges; separated by commas or white space'),
  exclude_target: z.string().max(MAX_EXCLUDE_TEXT).optional().describe('The same forms; never scanned'),
  task_type: labelSchema.default('port_scan'),
  task_category: labelSchema.default('default'),
  task_initiator: labelSchema,
  name: taskNameSchema.optional(),
  labels: labelsSchema.default([]).describe('Names to find the task by'),
  metadata: metadataSchema.optional(),
  scan: z
    .strictObject({
      ports: portsSchema.optional(),
      method: methodSchema.default('connect'),
      options: scanOptionsSchema.optional(),
    })
    .describe('How each address is scanned'),
  config: z
    .strictObject({ ...taskConfigSchema.shape, error_threshold: errorThresholdSchema.optional() })
    .describe('How a task is scanned and retried')
    .prefault({})
    .describe('error_threshold: the same as error_info.error_threshold'),
  error_info: z
    .strictObject({ error_threshold: errorThresholdSchema.optional() })
    .describe('How many subtasks may fail')
    .prefault({})
    .describe('error_threshold: the task fails once more subtasks are FAILED or TIMEOUT: 25, or "10%" of the targets'),
};

type Given<Field extends z.ZodType> = z.ZodOptional<
  Field extends z.ZodDefault<infer Inner extends z.ZodType> ? Inner : Field
>;

/** The same fields, all optional and without default: what is left out is copied from another task. */
export const toGiven = <Shape extends z.ZodRawShape>(shape: Shape) =>
  Object.fromEntries(
    Object.entries(shape).map(([name, field]) => [name, withoutDefault(field as z.ZodType).optional()]),
  ) as { [Name in keyof Shape]: Shape[Name] extends z.ZodType ? Given<Shape[Name]> : never };

function withoutDefault(field: z.ZodType): z.ZodType {
  if (!(field instanceof z.ZodDefault)) return field;
  const inner = field.unwrap() as z.ZodType;
  return field.description === undefined ? inner : inner.describe(field.description);
}

const { scan, config } = plainTaskShape;
export const scanChangeSchema = z.strictObject(toGiven(scan.shape)).describe('What is not given is as it is there');
export const taskConfigChangeSchema = z
  .strictObject(toGiven(config.unwrap().shape))
  .describe('What is not given is as it is there');
