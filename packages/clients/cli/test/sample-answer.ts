/**
 * An answer to any operation, made from the description of the API: so a test meets each command, also a new one.
 */
import { createOpenApi, OPERATIONS, type Operation } from '@cyberstroll/contracts';

interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  format?: string;
  minimum?: number;
  pattern?: string;
}

const document = createOpenApi('0.0.0', { isClosed: false }) as unknown as {
  components: { schemas: Record<string, Schema> };
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, { schema: Schema }> }> }>
  >;
};

export function sampleAnswer({ method, path }: { method: string; path: string }) {
  const fits = (operation: Operation) =>
    operation.method === method && new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
  const found = Object.values(OPERATIONS as Record<string, Operation>)
    .filter(fits)
    .sort((a, b) => a.path.length - b.path.length)
    .at(0);
  if (!found) throw new Error(`the API has no ${method} ${path}`);
  const [status] = Object.keys(found.answers);
  const answer = document.paths[found.path]![method.toLowerCase()]!.responses[status!]!;
  const schema = answer.content?.['application/json']?.schema;
  return { status: Number(status), body: schema ? toSample(schema) : '' };
}

/** The least value of a schema; a task has ended, so that nobody waits for it. */
function toSample(schema: Schema): unknown {
  if (schema.$ref) return toSample(document.components.schemas[schema.$ref.split('/').at(-1)!]!);
  if ('const' in schema) return schema.const;
  if (schema.enum) return schema.enum.includes('COMPLETED') ? 'COMPLETED' : schema.enum[0];
  if (schema.anyOf) return toSample(schema.anyOf[0]!);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map(toSample));
  const [type] = [schema.type].flat();
  if (type === 'object') {
    const { properties = {}, required = [] } = schema;
    // Only a repeat has no secret.
    const names = 'secret' in properties ? ['secret', ...required] : required;
    return Object.fromEntries(names.map((name) => [name, toSample(properties[name]!)]));
  }
  if (type === 'array') return schema.items ? [toSample(schema.items)] : [];
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (type === 'boolean') return true;
  // As the examples have it.
  if (schema.pattern === '^[0-9a-f]{24}$') return '66b2f0c3a1d4e5f607182930';
  return schema.format === 'date-time' ? '2026-01-31T12:00:00.000Z' : 'sample';
}
