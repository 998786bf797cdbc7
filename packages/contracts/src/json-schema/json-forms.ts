import * as z from 'zod';

/** A JSON Schema (2020-12). */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema of zod schemas that cannot be written as one without help, such as a text that becomes a number. */
export const jsonForms = z.registry<{ form: JsonSchema }>();
