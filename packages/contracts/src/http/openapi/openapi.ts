import type * as z from 'zod';
import { ERROR_CODES, type ErrorCode, toHttpStatus } from '../../errors/error-codes';
import type { JsonSchema } from '../../json-schema/json-forms';
import { type JsonSchemaOptions, toJsonSchemas } from '../../json-schema/to-json-schemas';
import { groupBy } from '../../lists';
import { KEY_NETWORK_RULES } from '../access/key-networks';
import { SESSION_COOKIE } from '../access/session';
import {
  BODY_PROBLEMS,
  COMMAND_PROBLEMS,
  COMMON_PROBLEMS,
  ETAG,
  EVENT_STREAM,
  emptyBodySchema,
  OPERATION_TAGS,
  type Operation,
  POST_PROBLEMS,
} from '../operation';
import { ANSWERS, REQUESTS, SHARED } from './components';
import { toLinks } from './links';
import { OPERATIONS } from './operations';
import { findPathParameters, PATH_PARAMETERS } from './path-parameters';

const toReference = (name: string) => `#/components/schemas/${name}`;
const operations: [id: string, Operation][] = Object.entries(OPERATIONS);

/**
 * The HTTP API as an OpenAPI 3.1 document. `version` is that of the software. `isClosed`: answers have no fields but
 * those of today, for tests.
 */
export function createOpenApi(version: string, { isClosed = false }: { isClosed?: boolean } = {}) {
  const requests = toSchemas({ ...SHARED, ...REQUESTS }, findInputs(), { side: 'input' });
  const answers = toSchemas({ ...SHARED, ...ANSWERS }, findOutputs(), { side: 'output', isClosed });
  return {
    openapi: '3.1.1',
    info: {
      title: 'CyberStroll task state',
      version,
      description:
        'Tasks of distributed network scans: create them, follow them, control them. Times are ISO 8601 in UTC. Every error is a problem (RFC 9457); its `code` is stable.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The host that served this document' }],
    tags: Object.entries(OPERATION_TAGS).map(([name, description]) => ({ name, description })),
    security: [...BY_KEY, { session: [] }],
    paths: toPaths({ ...requests.placed, ...answers.placed }),
    components: {
      schemas: nameEnumValues({ ...requests.components, ...answers.components }),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description:
            'A session (`POST /api/session`), of a page of this origin. An API key in a header counts instead of it',
        },
      },
      headers: HEADERS,
    },
  };
}
export type OpenApi = ReturnType<typeof createOpenApi>;

const BY_KEY = [{ bearer: [] }, { apiKey: [] }];

const HEADERS = {
  'X-Request-Id': {
    description: 'Names the request in the logs: the client’s own id, or a new one',
    schema: { type: 'string' },
  },
  'Retry-After': { description: 'Seconds to wait before the next try', schema: { type: 'integer', minimum: 0 } },
  Location: { description: 'The path of what was created', schema: { type: 'string' } },
  Link: { description: 'The path of the next page, `rel="next"`; absent on the last page', schema: { type: 'string' } },
  ETag: {
    description: 'The version of the task’s state, or of the schedule, for If-Match. Progress is not part of it',
    schema: { type: 'string', pattern: ETAG.source },
  },
  'WWW-Authenticate': { description: 'How to send the API key', schema: { type: 'string' } },
  'RateLimit-Policy': {
    description:
      'How many requests (`q`) an API key may send in each window, and its seconds (`w`). Each 4,096 bytes of a body count ' +
      'as one more request',
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'Requests left (`r`), and seconds until the window ends (`t`)',
    schema: { type: 'string' },
  },
} as const;
/** The headers of every answer to a request with a valid API key. */
const USUAL_HEADERS = ['X-Request-Id', 'RateLimit-Policy', 'RateLimit'] as const;
const headers = (...names: (keyof typeof HEADERS)[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

type Place = [place: string, schema: z.ZodType];
/** JSON Schemas by their places. */
type Placed = Readonly<Record<string, JsonSchema>>;

/** Each query under `<id>.query`, each body under `<id>.body`. */
const findInputs = (): Place[] =>
  operations.flatMap(([id, { query, body }]) => [
    ...(query ? [[`${id}.query`, query] as Place] : []),
    ...(body ? [[`${id}.body`, body] as Place] : []),
  ]);

/** Each answer under `<id>.<status>`, each event under `<id>.<name>`. */
const findOutputs = (): Place[] =>
  operations.flatMap(([id, { answers, events = {} }]) => [
    ...Object.entries(answers).flatMap(([status, { body }]) => (body ? [[`${id}.${status}`, body] as Place] : [])),
    ...Object.entries(events).map(([name, data]): Place => [`${id}.${name}`, data]),
  ]);

/** The components, and what stands at each place: a reference to one of them, or a schema of its own. */
function toSchemas(
  components: Readonly<Record<string, z.ZodType>>,
  places: readonly Place[],
  options: Omit<JsonSchemaOptions, 'toReference'>,
): { components: Placed; placed: Placed } {
  const names = new Map(Object.entries(components).map(([name, schema]) => [schema, name]));
  for (const [place, schema] of places) if (!names.has(schema)) names.set(schema, place);
  const named = Object.fromEntries([...names].map(([schema, name]) => [name, schema]));
  const schemas = toJsonSchemas(named, { ...options, toReference });
  const toSchema = (name: string) => (name in components ? { $ref: toReference(name) } : schemas[name]!);
  return {
    components: Object.fromEntries(Object.keys(components).map((name) => [name, schemas[name]!])),
    placed: Object.fromEntries(places.map(([place, schema]) => [place, toSchema(names.get(schema)!)])),
  };
}

/**
 * Generators for Go make a constant of each value, in one scope for all enums. An enum with a value that one before it
 * has names all of its values after itself: `SUB_TASK_STATE_FAILED`.
 */
function nameEnumValues(components: Placed): Placed {
  const taken = new Set<string>();
  const toNamed = (name: string, schema: JsonSchema): JsonSchema => {
    const values = (schema.enum ?? []).map((value) => String(value).toUpperCase());
    const isClear = values.every((value) => !taken.has(value));
    const prefix = name.replaceAll(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase();
    const names = isClear ? values : values.map((value) => `${prefix}_${value}`);
    for (const each of names) taken.add(each);
    return isClear ? schema : { ...schema, 'x-enum-varnames': names };
  };
  return Object.fromEntries(Object.entries(components).map(([name, schema]) => [name, toNamed(name, schema)]));
}

function toPaths(schemas: Placed) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [id, operation] of operations) {
    paths[operation.path] ??= {};
    paths[operation.path]![operation.method.toLowerCase()] = toOperation(id, operation, schemas);
  }
  return paths;
}

function toOperation(id: string, operation: Operation, schemas: Placed) {
  const { tag, summary, description, role, security, body } = operation;
  const parameters = [
    ...toPathParameters(operation),
    ...toQueryParameters(id, operation, schemas),
    ...toHeaderParameters(operation),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, `Least role: ${role}.`, toNetworkRule(operation)].filter(Boolean).join(' '),
    ...(security === 'key' && { security: BY_KEY }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && body !== emptyBodySchema && { requestBody: toRequestBody(body, operation, schemas[`${id}.body`]!) }),
    responses: { ...toAnswers(id, operation, schemas), ...toProblems(operation) },
  };
}

/** What it does for an API key with networks. No admin has any. */
const toNetworkRule = ({ role, networks }: Operation) =>
  role !== 'admin' && `With a key that has networks: ${KEY_NETWORK_RULES[networks]}`;

const toPathParameters = ({ path }: Operation) =>
  findPathParameters(path).map((name) => {
    const { schema, description, example } = PATH_PARAMETERS[name];
    const [form] = Object.values(toJsonSchemas({ form: schema }, { side: 'input', toReference }));
    return { name, in: 'path', required: true, description, schema: form, example };
  });

/** Without the one that chooses a stream: the client that is made for it would take the stream for JSON. */
function toQueryParameters(id: string, { query, streams }: Operation, schemas: Placed) {
  if (!query) return [];
  const { properties = {}, required = [] } = schemas[`${id}.query`]! as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  const shown = Object.entries(properties).filter(([name]) => !(streams && name === 'format'));
  return shown.map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
    ...(schema.type === 'array' && { style: 'form', explode: true }),
    schema,
  }));
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'For 24 hours a repeat with the same key and body has no further effect and gets the first answer',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,100}$' },
};
const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description:
    'An ETag of the task or the schedule: if it has changed since, nothing is changed, and the answer is 412. `*` is any',
  schema: { type: 'string', pattern: `^(\\*|${ETAG.source.slice(1, -1)})$` },
};
const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description:
    'The id of the last event that the client has: the stream continues after it. Any other text counts as none',
  schema: { type: 'string' },
};
const toHeaderParameters = ({ method, versioned = 'read', events }: Operation) => [
  ...(method === 'POST' ? [IDEMPOTENCY_KEY] : []),
  ...(events ? [LAST_EVENT_ID] : []),
  ...(versioned === 'read' ? [] : [IF_MATCH]),
];

const toRequestBody = (body: z.ZodType, { examples }: Operation, schema: JsonSchema) => ({
  required: !body.safeParse(undefined).success,
  content: {
    'application/json': {
      schema,
      ...(examples && {
        examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
      }),
    },
  },
});

const toAnswers = (id: string, operation: Operation, schemas: Placed) => {
  const { answers, query, versioned = 'write', streams = {}, events, bytes } = operation;
  return Object.fromEntries(
    Object.entries(answers).map(([status, { when, location, body }]) => {
      const links = body ? toLinks(operation, body, operations) : {};
      const answer = {
        description: when,
        headers: headers(
          ...USUAL_HEADERS,
          ...(location ? (['Location'] as const) : []),
          ...(query && 'cursor' in query.shape ? (['Link'] as const) : []),
          ...(versioned === 'write' ? [] : (['ETag'] as const)),
        ),
        ...(bytes && { content: { [bytes.type]: { schema: toBytes(bytes) } } }),
        ...(body && {
          content: events ? toEventStream(id, events, schemas) : toContents(schemas[`${id}.${status}`]!, streams),
        }),
        ...(Object.keys(links).length > 0 && { links }),
      };
      return [status, answer];
    }),
  );
};

const toContents = (schema: JsonSchema, streams: NonNullable<Operation['streams']>) => ({
  'application/json': { schema },
  ...Object.fromEntries(
    Object.entries(streams).map(([type, description]) => [type, { schema: { type: 'string', description } }]),
  ),
});

const toBytes = ({ description }: NonNullable<Operation['bytes']>) => ({
  type: 'string',
  format: 'binary',
  description,
});

/** The schema is that of each event, its data as text in JSON: OpenAPI 3.2 describes `itemSchema` like this. */
function toEventStream(id: string, events: NonNullable<Operation['events']>, schemas: Placed) {
  const each = Object.keys(events).map((name) => ({
    type: 'object',
    required: ['id', 'event', 'data'],
    properties: {
      id: { type: 'string' },
      event: { type: 'string', const: name },
      data: { type: 'string', contentMediaType: 'application/json', contentSchema: schemas[`${id}.${name}`] },
    },
  }));
  return { [EVENT_STREAM]: { schema: { description: 'Each event of the stream', oneOf: each } } };
}

/** The codes of the problems that an operation may answer with, in alphabetical order. */
export const listProblems = ({ method, problems, versioned = 'read' }: Operation): ErrorCode[] =>
  [
    ...new Set<ErrorCode>([
      ...COMMON_PROBLEMS,
      ...(method === 'GET' ? [] : [...COMMAND_PROBLEMS, ...BODY_PROBLEMS]),
      ...(method === 'POST' ? POST_PROBLEMS : []),
      ...(versioned === 'read' ? [] : (['invalid_header', 'version_changed'] as const)),
      ...problems,
    ]),
  ].sort();

/** Whether one of these problems may say when to send the request again. */
const mayBeLater = (codes: readonly ErrorCode[]): boolean =>
  codes.some((code) => code === 'idempotency_key_in_use' || [429, 503].includes(toHttpStatus(code)));

function toProblems(operation: Operation) {
  const byStatus = groupBy(listProblems(operation), toHttpStatus);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].text}`).join('\n\n'),
        headers: headers(
          ...(status === 401 ? (['X-Request-Id'] as const) : USUAL_HEADERS),
          ...(mayBeLater(codes) ? (['Retry-After'] as const) : []),
          ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
        ),
        content: { 'application/problem+json': { schema: { $ref: toReference('Problem') } } },
      },
    ]),
  );
}
