import type { JsonSchema } from './json-forms';

interface Options {
  side: 'input' | 'output';
  /** Later versions may add fields to its objects. */
  isOpenOutput: boolean;
  /** What a `$ref` stands for. */
  follow: (reference: string) => JsonSchema;
}

/** What may stand beside a `$ref`. */
const BESIDE_REFERENCE = ['$ref', 'description', 'default', 'minProperties'];
const LARGEST_INT32 = 2 ** 31 - 1;

/**
 * A JSON Schema of zod in the form that generators of clients understand. They do not know what zod writes that says
 * nothing, nor two spellings of one thing, and take a number of no named size for one of 32 bits.
 */
export function tidy(schema: JsonSchema, options: Options): JsonSchema {
  const within = (part: JsonSchema) => tidy(part, options);
  const each = (parts: Record<string, JsonSchema>) =>
    Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, within(part)]));
  const { properties, items, additionalProperties, anyOf, oneOf, allOf } = schema;
  const tidied: JsonSchema = {
    ...schema,
    ...(properties && { properties: each(properties as Record<string, JsonSchema>) }),
    ...(isSchema(items) && { items: within(items) }),
    ...(isSchema(additionalProperties) && { additionalProperties: within(additionalProperties) }),
    ...(anyOf && { anyOf: anyOf.map(within) }),
    ...(oneOf && { oneOf: oneOf.map(within) }),
    ...(allOf && { allOf: allOf.map(within) }),
  };
  if (tidied.$ref) return toReferring(leaveOutDefault(pick(tidied, BESIDE_REFERENCE), options), options);
  return spellNull(nameSize(leaveOutNothings(leaveOutDefault(nameKeys(tidied), options), options)), options);
}

const isSchema = (part: unknown): part is JsonSchema => typeof part === 'object' && part !== null;

const pick = (schema: JsonSchema, names: readonly string[]): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => names.includes(name)));

/** A text with a default is written out: in Java the default of a reference becomes the name of a value. */
function toReferring({ $ref, ...beside }: JsonSchema, { follow }: Options): JsonSchema {
  const { enum: values, ...target } = follow($ref!);
  return beside.default === undefined || values ? { $ref: $ref!, ...beside } : { ...target, ...beside };
}

/** A default that a client could not write down says nothing to it, and in an answer every field is there. */
function leaveOutDefault({ default: standard, ...schema }: JsonSchema, { side }: Options): JsonSchema {
  return standard === undefined || side === 'output' || typeof standard === 'object'
    ? schema
    : { ...schema, default: standard };
}

/** Limits that every number of JSON keeps, keys that may be any text; the pattern of a time, which its format says. */
function leaveOutNothings(schema: JsonSchema, { isOpenOutput }: Options): JsonSchema {
  const { minimum, maximum, format, additionalProperties, propertyNames } = schema;
  const nothings = [
    ...(minimum === Number.MIN_SAFE_INTEGER ? ['minimum'] : []),
    ...(maximum === Number.MAX_SAFE_INTEGER ? ['maximum'] : []),
    ...(format === 'date-time' ? ['pattern'] : []),
    ...(isOpenOutput && additionalProperties === false ? ['additionalProperties'] : []),
    ...(isSchema(propertyNames) && !propertyNames.pattern ? ['propertyNames'] : []),
  ];
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !nothings.includes(name)));
}

/** A record whose keys are an enum: its properties are named one by one, for readers and for types made from it. */
function nameKeys(schema: JsonSchema): JsonSchema {
  const { propertyNames, additionalProperties, required, ...rest } = schema;
  if (!isSchema(propertyNames) || !required) return schema;
  const properties = Object.fromEntries(required.map((name) => [name, { ...(additionalProperties as JsonSchema) }]));
  return { ...rest, properties, required, additionalProperties: false };
}

/** Of integers that may be larger than 32 bits, and of all other numbers. */
function nameSize(schema: JsonSchema): JsonSchema {
  const types = [schema.type].flat();
  if (schema.format !== undefined) return schema;
  if (types.includes('number')) return { ...schema, format: 'double' };
  const isLarge = schema.maximum === undefined || schema.maximum > LARGEST_INT32;
  return types.includes('integer') && isLarge ? { ...schema, format: 'int64' } : schema;
}

/** Null is one of the types, never an alternative of its own. */
function spellNull(schema: JsonSchema, options: Options): JsonSchema {
  const { anyOf = [], ...rest } = schema;
  const [either, or] = anyOf;
  if (anyOf.length !== 2 || or?.type !== 'null') return schema;
  const { type, ...whole } = either?.$ref ? tidy(options.follow(either.$ref), options) : either!;
  return typeof type === 'string' ? { ...whole, ...rest, type: [type, 'null'] } : schema;
}
