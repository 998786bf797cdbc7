import { z } from 'zod';
import type { Message } from './messages';
import { findPart, PARTS, toPartName } from './parts';

/** The formats of JSON Schema that occur. One of our own says less than the description beside it. */
const FORMATS: readonly string[] = ['date-time'];

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;
const override: Override = ({ zodSchema, jsonSchema }) => {
  if (!FORMATS.includes(jsonSchema.format ?? '')) delete jsonSchema.format;
  const part = findPart(zodSchema);
  if (part) jsonSchema.title = part.title;
};

/** A reference alone. zod wraps it, to keep the description beside it; that would be another type, without a name. */
function unwrapReference(_: string, value: unknown): unknown {
  const { allOf, description } = (value ?? {}) as { allOf?: { $ref?: string }[]; description?: string };
  const [only, ...others] = allOf ?? [];
  return only?.$ref && others.length === 0 ? { description, ...only } : value;
}

/** What a sender may write: fields with a default may be absent, and unknown fields are allowed. */
export function toJsonSchema({ name, schema }: Message): object {
  const { $schema, title, description, ...rest } = z.toJSONSchema(schema, { io: 'input', override });
  return { $schema, $id: `urn:cyberstroll:schema:${name}`, title, description, ...rest };
}

/**
 * The messages and what they consist of, by name, as parts of another document. AsyncAPI 3 has the words of draft 7,
 * and `discriminator`.
 */
export function toComponents(messages: readonly Message[]): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const { name, schema } of messages) registry.add(schema, { id: name });
  for (const part of PARTS) registry.add(part.schema, { id: toPartName(part) });
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    target: 'draft-7',
    override,
    uri: (name) => `#/components/schemas/${name}`,
  });
  const used = findUsed(
    messages.map(({ name }) => name),
    schemas,
  );
  return Object.fromEntries(
    Object.entries(schemas)
      .filter(([name]) => used.has(name))
      .map(([name, { $schema, $id, ...schema }]) => [
        name,
        { ...JSON.parse(JSON.stringify(schema, unwrapReference)), ...toDiscriminator(name) },
      ]),
  );
}

/** The field by which the alternatives of a message differ. */
const toDiscriminator = (name: string) => (name === 'control' ? { discriminator: 'state' } : {});

/** The names, and those of all that they refer to. */
function findUsed(names: readonly string[], schemas: Record<string, object>): Set<string> {
  const used = new Set<string>();
  const left = [...names];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    const references = JSON.stringify(schemas[name]).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
    left.push(...[...references].map(([, reference]) => reference!));
  }
  return used;
}
