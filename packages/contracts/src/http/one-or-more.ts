import * as z from 'zod';
import { type JsonSchema, jsonForms } from '../json-schema/json-forms';

/** One value or several, in a query as a parameter that is repeated. A fault names the parameter, not its place. */
export function oneOrMore<Value extends string>(item: z.ZodType<Value>, max: number) {
  const list = z.array(item).min(1).max(max);
  const { $schema, ...form } = z.toJSONSchema(list, { io: 'input' });
  const either = { anyOf: [form.items as JsonSchema, form as JsonSchema] };
  const error = ({ input, errors }: { input?: unknown; errors?: { message: string }[][] }) =>
    errors?.[Array.isArray(input) ? 1 : 0]?.[0]?.message;
  const one = item.transform((value) => [value]);
  const schema: z.ZodType<Value[]> = z.union([one, list], { error: error as z.core.$ZodErrorMap });
  return schema.register(jsonForms, { form: either }).optional();
}
