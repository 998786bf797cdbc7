import type { JsonSchema } from '../../json-schema/json-forms';
import { toJsonSchemas } from '../../json-schema/to-json-schemas';
import { SHARED } from './components';
import { createOpenApi } from './openapi';

const { paths, components } = createOpenApi('0.0.0');

interface Content {
  content?: Record<string, { schema: JsonSchema }>;
}
interface Method {
  operationId: string;
  parameters?: { name: string; in: string; schema: JsonSchema }[];
  requestBody?: Content;
  responses: Record<string, Content>;
}
const methods = Object.values(paths).flatMap((path) => Object.values(path) as Method[]);

/** Every schema of the document, with the path to it. */
function* findSchemas(part: unknown, path = ''): Generator<[path: string, schema: JsonSchema]> {
  if (typeof part !== 'object' || part === null) return;
  if (!Array.isArray(part)) yield [path, part as JsonSchema];
  for (const [name, child] of Object.entries(part)) yield* findSchemas(child, `${path}/${name}`);
}
const schemas = [...findSchemas({ paths, components: components.schemas })];
const pathsOf = (isFound: (schema: JsonSchema) => unknown) =>
  schemas.filter(([, schema]) => isFound(schema)).map(([path]) => path);

describe('generators of clients', () => {
  it('find a name for every body and every answer', () => {
    const unnamed = methods.flatMap(({ operationId, requestBody, responses }) =>
      [['body', requestBody], ...Object.entries(responses)].flatMap(([place, holder]) => {
        const schema = (holder as Content | undefined)?.content?.['application/json']?.schema;
        return schema && !schema.$ref ? [`${operationId}.${place}`] : [];
      }),
    );
    expect(unnamed).toEqual([]);
  });

  it('find a name for every enum that two places have', () => {
    const places = new Map<string, string[]>();
    for (const [path, { enum: values }] of schemas) {
      if (Array.isArray(values)) places.set(values.join(), [...(places.get(values.join()) ?? []), path]);
    }
    expect([...places.values()].filter((each) => each.length > 1)).toEqual([]);
  });

  it('find what each name is', () => {
    const described = Object.entries(components.schemas).filter(([, { description }]) => !description);
    expect(described.map(([name]) => name)).toEqual([]);
  });

  it('find nothing that stops some of them', () => {
    expect({
      nullAsAlternative: pathsOf(({ anyOf }) => Array.isArray(anyOf) && anyOf.some(({ type }) => type === 'null')),
      valueOrList: pathsOf(({ anyOf }) => Array.isArray(anyOf) && anyOf.some(({ type }) => type === 'array')),
      defaultOfManyParts: pathsOf((schema) => 'type' in schema && typeof schema.default === 'object'),
      limitsOfJson: pathsOf(({ minimum, maximum }) =>
        [minimum, maximum].some((limit) => Math.abs(limit ?? 0) > 2 ** 52),
      ),
      headersOfSeveralForms: methods.flatMap(({ parameters = [] }) =>
        parameters.filter((each) => each.in === 'header' && each.schema.type !== 'string').map(({ name }) => name),
      ),
    }).toEqual({
      nullAsAlternative: [],
      valueOrList: [],
      defaultOfManyParts: [],
      limitsOfJson: [],
      headersOfSeveralForms: [],
    });
  });

  it('know every format', () => {
    const formats = schemas.map(([, { format }]) => format).filter((format) => typeof format === 'string');
    expect([...new Set(formats)].sort()).toEqual(['binary', 'date-time', 'double', 'int64']);
  });

  it('find one schema for what requests and answers share', () => {
    const toReference = (name: string) => name;
    expect(toJsonSchemas(SHARED, { side: 'input', toReference })).toEqual(
      toJsonSchemas(SHARED, { side: 'output', toReference }),
    );
  });
});
