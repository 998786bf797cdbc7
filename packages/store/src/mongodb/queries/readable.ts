/**
 * Lists leave out a document that cannot be read, and continue after it. An alert names it (`rules/unreadable.ts`).
 */
import * as z from 'zod';

/** A check of documents that are read in part: these fields, `outer.inner` for one field of an object. */
export function createCheck(schema: z.ZodObject, fields: readonly string[]): (document: object) => boolean {
  const shape: Record<string, z.ZodType> = {};
  for (const field of fields) {
    const [outer, inner] = field.split('.') as [string, string | undefined];
    const whole = schema.shape[outer] as z.ZodType;
    if (inner === undefined) shape[outer] = whole;
    else shape[outer] = extendPart(shape[outer], whole, inner);
  }
  const part = z.object(shape);
  return (document) => part.safeParse(document).success;
}

function extendPart(known: z.ZodType | undefined, whole: z.ZodType, inner: string): z.ZodType {
  const field = { [inner]: toObject(whole).shape[inner] as z.ZodType };
  const part = known ? toObject(known).extend(field) : z.object(field);
  return whole instanceof z.ZodOptional ? part.optional() : part;
}

const toObject = (schema: z.ZodType): z.ZodObject =>
  (schema instanceof z.ZodOptional ? schema.unwrap() : schema) as z.ZodObject;

/** The first `limit` that can be read: fewer only if there are no more. */
export async function findReadable<Document extends object>(
  find: (limit: number) => Promise<Document[]>,
  limit: number,
  isReadable: (document: Document) => boolean,
): Promise<Document[]> {
  for (let aside = 0; ; ) {
    const found = await find(limit + aside);
    const readable = found.filter(isReadable);
    if (found.length < limit + aside || readable.length >= limit) return readable;
    aside = found.length - readable.length;
  }
}
