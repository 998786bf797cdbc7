import { z } from 'zod';
import { labelSchema, MAX_LABELS, networkSchema, timeSchema } from '../fields';
import { type JsonSchema, jsonForms } from '../json-schema/json-forms';
import { taskStatusSchema } from '../task';
import { CURSOR, pageShape } from './task';

/** One value or several, in a query as a parameter that is repeated. A fault names the parameter, not its place. */
function oneOrMore<Value extends string>(item: z.ZodType<Value>, max: number) {
  const list = z.array(item).min(1).max(max);
  const { $schema, ...form } = z.toJSONSchema(list, { io: 'input' });
  const either = { anyOf: [form.items as JsonSchema, form as JsonSchema] };
  const error = ({ input, errors }: { input?: unknown; errors?: { message: string }[][] }) =>
    errors?.[Array.isArray(input) ? 1 : 0]?.[0]?.message;
  const one = item.transform((value) => [value]);
  const schema: z.ZodType<Value[]> = z.union([one, list], { error: error as z.core.$ZodErrorMap });
  return schema.register(jsonForms, { form: either }).optional();
}

/** Which tasks: those that match every given filter. */
export const taskFilterShape = {
  status: oneOrMore(taskStatusSchema, taskStatusSchema.options.length).describe('Only tasks in one of these statuses'),
  task_type: labelSchema.optional().describe('Only tasks of this type'),
  task_category: labelSchema.optional().describe('Only tasks of this category'),
  task_initiator: labelSchema.optional().describe('Only tasks of this initiator'),
  label: oneOrMore(labelSchema, MAX_LABELS).describe('Only tasks with all of these labels'),
  target: networkSchema.optional().describe('Only tasks that scan this address, or addresses in this network'),
  after: timeSchema.optional().describe('Only tasks that were created at this time or later'),
  before: timeSchema.optional().describe('Only tasks that were created before this time'),
};
export type TaskFilter = z.output<z.ZodObject<typeof taskFilterShape>>;

export const TASK_SORTS = ['newest', 'oldest', 'priority'] as const;
export type TaskSort = (typeof TASK_SORTS)[number];

/** `GET /api/tasks`. */
export const listTasksQuerySchema = z.strictObject({
  ...taskFilterShape,
  sort: z
    .enum(TASK_SORTS)
    .default('newest')
    .describe('The order of the list, by `created_time`, or by `config.priority`: the highest first'),
  ...pageShape,
  cursor: z
    .string()
    .regex(/^[nop]\d{1,15}-[0-9a-f]{24}$/, 'must be a next_cursor of this list')
    .optional()
    .describe(`${CURSOR}, with the same \`sort\``),
});
export type ListTasksQuery = z.output<typeof listTasksQuerySchema>;
