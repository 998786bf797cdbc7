import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { renderOpenApi } from './openapi';
import { ROOT } from './tree';

const GENERATOR = join(ROOT, 'packages/clients/client/node_modules/.bin/openapi-typescript');

interface Answer {
  description: string;
}
interface Document {
  paths: Record<string, Record<string, { responses?: Record<string, object> }>>;
  components: { responses?: Record<string, object> };
}

/**
 * The same document, in which each refusal has a name, by its codes. The types have it once then, and not once for each
 * operation: half as many lines for whoever compiles them.
 */
function nameRefusals(document: Document): Document {
  const named: Record<string, object> = {};
  const toReference = (answer: object): object => {
    const codes = [...(answer as Answer).description.matchAll(/^`(\w+)`: /gm)].map(([, code]) => code);
    if (codes.length === 0) return answer;
    const name = codes.join('_or_');
    named[name] ??= answer;
    return isDeepStrictEqual(named[name], answer) ? { $ref: `#/components/responses/${name}` } : answer;
  };
  for (const { responses } of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    for (const [status, answer] of Object.entries(responses ?? {})) responses![status] = toReference(answer);
  }
  return { ...document, components: { ...document.components, responses: named } };
}

/** CLIENT_TYPES: the OpenAPI document as types. */
export const renderClientTypes = (): string =>
  execFileSync(
    GENERATOR,
    // A field with a default is optional where clients send it, and required only where the API answers with it.
    ['--root-types', '--root-types-no-schema-prefix', '--default-non-nullable', 'false'],
    { input: JSON.stringify(nameRefusals(JSON.parse(renderOpenApi()))), encoding: 'utf8' },
  );
