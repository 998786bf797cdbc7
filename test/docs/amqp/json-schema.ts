import { z } from 'zod';
import type { Message } from './messages';

/** What a sender may write: fields with a default may be absent, and unknown fields are allowed. */
export function toJsonSchema({ name, schema }: Message): object {
  const { $schema, title, description, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return { $schema, $id: `urn:cyberstroll:schema:${name}`, title, description, ...rest };
}

/** As part of another document. AsyncAPI 3 has the words of draft 7. */
export function toBundledSchema({ schema }: Message): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return rest;
}
