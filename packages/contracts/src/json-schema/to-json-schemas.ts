import * as z from 'zod';
import { type JsonSchema, jsonForms } from './json-forms';

/**
 * zod schemas by name as JSON Schemas (2020-12). Where one contains another of them, it refers to it by
 * `toReference(name)`. `side`: `input` describes what a sender may leave out, `output` what a receiver gets. A date is
 * ISO 8601 text. `isClosed`: an object of the output has no other fields. Otherwise a later version may have more, and
 * a receiver ignores them.
 */
export function toJsonSchemas(
  named: Readonly<Record<string, z.ZodType>>,
  {
    side,
    toReference,
    isClosed = false,
  }: { side: 'input' | 'output'; toReference: (name: string) => string; isClosed?: boolean },
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
      nameKeys(jsonSchema);
      // zod adds the largest safe integer to every integer.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (side === 'output' && !isClosed && jsonSchema.additionalProperties === false) {
        delete jsonSchema.additionalProperties;
      }
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

/** A record whose keys are an enum: its properties are named one by one, for readers and for types made from it. */
function nameKeys(jsonSchema: JsonSchema): void {
  const { propertyNames, additionalProperties, required } = jsonSchema;
  if (typeof propertyNames !== 'object' || !propertyNames.enum || !required) return;
  delete jsonSchema.propertyNames;
  jsonSchema.properties = Object.fromEntries(
    required.map((name) => [name, { ...(additionalProperties as JsonSchema) }]),
  );
  jsonSchema.additionalProperties = false;
}
