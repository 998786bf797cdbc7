import * as z from 'zod';
import { type JsonSchema, jsonForms } from './json-forms';
import { tidy } from './tidy';

export interface JsonSchemaOptions {
  /** `input` describes what a sender may leave out, `output` what a receiver gets. */
  side: 'input' | 'output';
  toReference: (name: string) => string;
  /**
   * An object of the output has no other fields. Otherwise a later version may have more, and a receiver ignores them.
   */
  isClosed?: boolean;
}

/**
 * zod schemas by name as JSON Schemas (2020-12). Where one contains another of them, it refers to it by
 * `toReference(name)`. A date is ISO 8601 text.
 */
export function toJsonSchemas(
  named: Readonly<Record<string, z.ZodType>>,
  { side, toReference, isClosed = false }: JsonSchemaOptions,
): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    io: side,
    uri: toReference,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
      const form = findForm(zodSchema as unknown as z.ZodType);
      if (form) replace(jsonSchema, form);
    },
  });
  const bare = Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema] as const);
  const references = new Map<string, JsonSchema>(bare.map(([name, schema]) => [toReference(name), schema]));
  const follow = (reference: string) => references.get(reference)!;
  const options = { side, isOpenOutput: side === 'output' && !isClosed, follow };
  return Object.fromEntries(bare.map(([name, schema]) => [name, tidy(schema, options)]));
}

/** Of the schema, or of the one that it describes otherwise. */
const findForm = (schema: z.ZodType | undefined): JsonSchema | undefined =>
  schema && (jsonForms.get(schema)?.form ?? findForm(schema._zod.parent as z.ZodType | undefined));

function replace(jsonSchema: JsonSchema, form: JsonSchema): void {
  const { description } = jsonSchema;
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof JsonSchema];
  Object.assign(jsonSchema, description === undefined ? {} : { description }, form);
}
