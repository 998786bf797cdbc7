import * as z from 'zod';
import { jsonForms } from '../json-schema/json-forms';
import { toSentence } from '../sentences/sentences';

const MAX_DEPTH = 8;

/**
 * A JSON object of a client that services keep and hand on as it is. The driver of MongoDB reads an object with `$ref`
 * as a reference, so no name begins with `$`.
 */
export const jsonObjectSchema = ({ maxBytes }: { maxBytes: number }) =>
  z
    .record(z.string(), z.unknown())
    .superRefine((value, context) => {
      const refuse = (message: string) => context.addIssue({ code: 'custom', message });
      if (new TextEncoder().encode(JSON.stringify(value)).length > maxBytes) {
        return refuse(toSentence('json_too_large', { limit: maxBytes }));
      }
      const bad = findBad(value, 1);
      if (bad === 'depth') refuse(toSentence('json_too_deep', { limit: MAX_DEPTH }));
      else if (bad) refuse(toSentence('json_name', { name: bad.name.slice(0, 40) }));
    })
    .register(jsonForms, { form: { type: 'object', additionalProperties: true } });

function findBad(value: unknown, depth: number): 'depth' | { name: string } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return 'depth';
  for (const [name, each] of Object.entries(value)) {
    if (name.startsWith('$') || name.includes('\0')) return { name };
    const bad = findBad(each, depth + 1);
    if (bad) return bad;
  }
  return undefined;
}

export const MAX_OPTIONS_BYTES = 16_384;
export const scanOptionsSchema = jsonObjectSchema({ maxBytes: MAX_OPTIONS_BYTES }).describe(
  `What the method needs to know, for the node, which gets it as it is: a JSON object, ${MAX_OPTIONS_BYTES} bytes and ` +
    `${MAX_DEPTH} levels at most; no name begins with "$"`,
);

export const MAX_METADATA_BYTES = 4_096;
export const metadataSchema = jsonObjectSchema({ maxBytes: MAX_METADATA_BYTES }).describe(
  `The client's own, such as a ticket: comes back with the task and in its webhook. A JSON object, ` +
    `${MAX_METADATA_BYTES} bytes and ${MAX_DEPTH} levels at most; no name begins with "$"`,
);
