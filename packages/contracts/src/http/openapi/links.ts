import * as z from 'zod';
import type { Operation } from '../operation';
import { findPathParameters, type PathParameterName } from './path-parameters';

/**
 * OpenAPI links: the operations whose path needs an id that this answer brings, by name. The ids of a list are those of
 * its first entry. Ids that the request's own path has are left out.
 */
export function toLinks({ path }: Operation, body: z.ZodType, operations: readonly (readonly [string, Operation])[]) {
  const given = findPathParameters(path);
  const links = operations.flatMap(([operationId, target]) => {
    const needed = findPathParameters(target.path);
    const parameters = needed.map((name) => [name, toExpression(name, given, body)] as const);
    if (needed.every((name) => given.includes(name)) || parameters.some(([, value]) => value === undefined)) return [];
    return [[operationId, { operationId, parameters: Object.fromEntries(parameters) }] as const];
  });
  return Object.fromEntries(links);
}

function toExpression(name: PathParameterName, given: readonly PathParameterName[], body: z.ZodType) {
  if (given.includes(name)) return `$request.path.${name}`;
  if (hasField(body, name)) return `$response.body#/${name}`;
  const items = body instanceof z.ZodObject ? body.shape['items'] : undefined;
  return items instanceof z.ZodArray && hasField(items.element, name) ? `$response.body#/items/0/${name}` : undefined;
}

/** Whether each object of this schema has the field. */
const hasField = (schema: unknown, name: string): boolean =>
  schema instanceof z.ZodObject && name in schema.shape && !schema.shape[name].safeParse(undefined).success;
