import { Schema, type SchemaDefinition } from 'mongoose';
import type * as z from 'zod';

/**
 * Makes a mongoose schema from a document's zod schema, so that each field is written down once, in contracts. Handles
 * the types that documents use: objects, arrays, enums, strings, numbers, booleans, dates. Any other type is kept as
 * it is (Mixed).
 */
export function toMongooseSchema(document: z.ZodObject, collection: string): Schema {
  return new Schema(fieldsOf(document), { collection, versionKey: false, minimize: false, autoIndex: false });
}

const fieldsOf = (object: z.ZodObject): SchemaDefinition =>
  Object.fromEntries(Object.entries(object.shape).map(([name, field]) => [name, toField(field as z.ZodType)]));

function toField(field: z.ZodType, required = true): SchemaDefinition[string] {
  const def = field.def as z.core.$ZodTypeDef & Record<string, unknown>;
  switch (def.type) {
    case 'optional':
    case 'nullable':
      return toField(def['innerType'] as z.ZodType, false);
    case 'default':
    case 'prefault':
      return toField(def['innerType'] as z.ZodType, required);
    case 'string':
      return { type: String, required };
    case 'enum':
      return { type: String, required, enum: Object.values(def['entries'] as Record<string, string>) };
    case 'number':
      return { type: Number, required };
    case 'boolean':
      return { type: Boolean, required };
    case 'date':
      return { type: Date, required };
    case 'object':
      return { type: new Schema(fieldsOf(field as z.ZodObject), { _id: false }), required };
    case 'array':
      return { type: [toField(def['element'] as z.ZodType) as never], required, default: undefined };
    default:
      return { type: Schema.Types.Mixed, required };
  }
}
