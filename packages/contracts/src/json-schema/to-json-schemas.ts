import { z } from 'zod';
import { type JsonSchema, jsonForms } from './json-forms';

/**
 * zod schemas by name as JSON Schemas (2020-12). Where one contains another of them, it refers to it by
 * `toReference(name)`. `side`: `input` describes what a sender may leave out, `output` what a receiver gets. A date is
 * ISO 8601 text.
 */
export function toJsonSchemas(
  named: Readonly<Record<string, z.ZodType>>,
  { side, toReference }: { side: 'input' | 'output'; toReference: (name: string) => string },
): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    io: side,
    uri: toReference,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
      const form = jsonForms.get(zodSchema as unknown as z.ZodType)?.form;
      if (form) replace(jsonSchema, form);
      // zod adds the largest safe integer to every integer.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      // A receiver ignores fields that it does not know: a later version may have more.
      if (side === 'output') delete jsonSchema.additionalProperties;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema as JsonSchema]),
  );
}

function replace(jsonSchema: JsonSchema, form: JsonSchema): void {
  const { description } = jsonSchema;
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof JsonSchema];
  Object.assign(jsonSchema, description === undefined ? {} : { description }, form);
}
