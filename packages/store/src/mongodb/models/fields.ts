import type { mongo } from 'mongoose';

/** A field of a document, or `outer.inner` for one field of an object in it. */
export type Path<Content> =
  | (keyof Content & string)
  | { [Key in keyof Content & string]: `${Key}.${keyof NonNullable<Content[Key]> & string}` }[keyof Content & string];

/** The content of a document if only these fields of it are read. */
export type Part<Content, Field extends string> = Pick<Content, Extract<Field, keyof Content>> & {
  [Outer in keyof Content as Field extends `${Outer & string}.${string}` ? Outer : never]: Pick<
    NonNullable<Content[Outer]>,
    Field extends `${Outer & string}.${infer Inner}` ? Inner & keyof NonNullable<Content[Outer]> : never
  >;
};

/** The whole document, without the `_id` that only the database needs. */
export const WITHOUT_ID = { projection: { _id: 0 } } as const;

/**
 * Reads what it finds with one command. Otherwise the first answer has 101 documents, and the others need another
 * command.
 */
export const IN_ONE_ANSWER = { batchSize: 10_000 } as const;

/** The projection to these fields. */
export const project = (fields: readonly string[]): Record<string, 0 | 1> => ({
  _id: 0,
  ...Object.fromEntries(fields.map((field) => [field, 1])),
});

/** The projection to all fields but these. */
export const withoutFields = (fields: readonly string[]): Record<string, 0> =>
  Object.fromEntries(['_id', ...fields].map((field) => [field, 0 as const]));

/** Finds documents and reads only these fields. The list of fields also gives the type of the result. */
export function findFields<Content extends mongo.Document, Field extends Path<Content>>(
  collection: mongo.Collection<Content>,
  filter: mongo.Filter<Content>,
  fields: readonly Field[],
  options: mongo.FindOptions = {},
): mongo.FindCursor<Part<Content, Field>> {
  return collection.find<Part<Content, Field>>(filter, { ...options, projection: project(fields) });
}

/** Like `findFields`, for one document. */
export function findOneFields<Content extends mongo.Document, Field extends Path<Content>>(
  collection: mongo.Collection<Content>,
  filter: mongo.Filter<Content>,
  fields: readonly Field[],
  options: mongo.FindOptions = {},
): Promise<Part<Content, Field> | null> {
  return collection.findOne<Part<Content, Field>>(filter, { ...options, projection: project(fields) });
}
