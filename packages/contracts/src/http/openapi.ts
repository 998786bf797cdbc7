import type * as z from 'zod';
import { alertSchema } from '../alert';
import { auditEntrySchema } from '../audit-entry';
import { deadLetterRecordSchema } from '../dead-letter';
import { ERROR_CODES, type ErrorCode, toHttpStatus } from '../errors/error-codes';
import type { JsonSchema } from '../json-schema/json-forms';
import { toJsonSchemas } from '../json-schema/to-json-schemas';
import { problemSchema } from '../problem';
import { progressSchema } from '../progress';
import { progressUpdateSchema } from '../progress-update';
import { scanResultSchema } from '../subtask';
import { keyViewSchema } from './api-key';
import { operationSchema } from './bulk';
import { deadLetterSummarySchema } from './dead-letter';
import { diffSummarySchema, hostDifferenceSchema } from './diff';
import { KEY_NETWORK_RULE, KEY_NETWORK_RULES } from './key-networks';
import { toLinks } from './links';
import { nodeViewSchema } from './node';
import {
  BODY_PROBLEMS,
  COMMAND_PROBLEMS,
  COMMON_PROBLEMS,
  ETAG,
  EVENT_STREAM,
  OPERATION_TAGS,
  type Operation,
  POST_PROBLEMS,
} from './operation';
import { OPERATIONS, type OperationId } from './operations';
import { findPathParameters, PATH_PARAMETERS } from './path-parameters';
import { resultSchema } from './result';
import { SESSION_COOKIE, sessionViewSchema } from './session';
import { fleetStatisticsViewSchema, taskStatisticsSchema } from './statistics';
import { taskStatusViewSchema } from './task';
import { taskPlanSchema } from './task-plan';
import { subTaskViewSchema, taskViewSchema } from './task-view';

/** Schemas that more than one place of the document shows. */
const COMPONENTS = {
  Task: taskViewSchema,
  TaskStatus: taskStatusViewSchema,
  TaskPlan: taskPlanSchema,
  SubTask: subTaskViewSchema,
  ScanResult: scanResultSchema,
  Result: resultSchema,
  HostDifference: hostDifferenceSchema,
  DiffSummary: diffSummarySchema,
  Progress: progressSchema,
  ProgressUpdate: progressUpdateSchema,
  TaskStatistics: taskStatisticsSchema,
  FleetStatistics: fleetStatisticsViewSchema,
  Node: nodeViewSchema,
  Operation: operationSchema,
  Alert: alertSchema,
  AuditEntry: auditEntrySchema,
  ApiKey: keyViewSchema,
  Session: sessionViewSchema,
  DeadLetter: deadLetterRecordSchema,
  DeadLetterSummary: deadLetterSummarySchema,
  Problem: problemSchema,
} as const;

const toReference = (name: string) => `#/components/schemas/${name}`;
const operations: [id: string, Operation][] = Object.entries(OPERATIONS);

/**
 * The HTTP API as an OpenAPI 3.1 document. `version` is that of the software. `isClosed`: answers have no fields but
 * those of today, for tests.
 */
export function createOpenApi(version: string, { isClosed = false }: { isClosed?: boolean } = {}) {
  const answers = toAnswerSchemas(isClosed);
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
    paths: toPaths(answers),
    components: {
      schemas: Object.fromEntries(Object.keys(COMPONENTS).map((name) => [name, answers[name]])),
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
    description: 'The version of the task’s state, for If-Match. Progress is not part of it',
    schema: { type: 'string', pattern: ETAG.source },
  },
  'WWW-Authenticate': { description: 'How to send the API key', schema: { type: 'string' } },
  'RateLimit-Policy': {
    description: 'How many requests (`q`) an API key may send in each window, and its seconds (`w`)',
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'Requests left (`r`), and seconds until the window ends (`t`)',
    schema: { type: 'string' },
  },
} as const;
/** Of every answer to a request with a valid API key. */
const USUAL_HEADERS = ['X-Request-Id', 'RateLimit-Policy', 'RateLimit'] as const;
const headers = (...names: (keyof typeof HEADERS)[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** The components, each answer under `<id>.<status>`, and each event under `<id>.<name>`. */
function toAnswerSchemas(isClosed: boolean): Record<string, JsonSchema> {
  const names = new Map<z.ZodType, string>(Object.entries(COMPONENTS).map(([name, schema]) => [schema, name]));
  const ofAnswers = operations.flatMap(([id, { answers, events = {} }]) => [
    ...Object.entries(answers).flatMap(([status, { body }]) => (body ? [[`${id}.${status}`, body] as const] : [])),
    ...Object.entries(events).map(([name, data]) => [`${id}.${name}`, data] as const),
  ]);
  for (const [name, body] of ofAnswers) if (!names.has(body)) names.set(body, name);
  const named = Object.fromEntries([...names].map(([schema, name]) => [name, schema]));
  const schemas = toJsonSchemas(named, { side: 'output', toReference, isClosed });
  const toSchema = (name: string) => (name in COMPONENTS ? { $ref: toReference(name) } : schemas[name]!);
  return { ...schemas, ...Object.fromEntries(ofAnswers.map(([name, body]) => [name, toSchema(names.get(body)!)])) };
}

function toPaths(answers: Record<string, JsonSchema>) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [id, operation] of operations) {
    paths[operation.path] ??= {};
    paths[operation.path]![operation.method.toLowerCase()] = toOperation(id, operation, answers);
  }
  return paths;
}

function toOperation(id: string, operation: Operation, answers: Record<string, JsonSchema>) {
  const { tag, summary, description, role, security, body } = operation;
  const parameters = [
    ...toPathParameters(operation),
    ...toQueryParameters(operation),
    ...toHeaderParameters(operation),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, `Least role: ${role}.`, toNetworkRule(id, operation)].filter(Boolean).join(' '),
    ...(security === 'key' && { security: BY_KEY }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: toRequestBody(body, operation) }),
    responses: { ...toAnswers(id, operation, answers), ...toProblems(operation) },
  };
}

/** What it does for an API key with networks. No admin has any. */
const toNetworkRule = (id: string, { role }: Operation) =>
  role !== 'admin' && `With a key that has networks: ${KEY_NETWORK_RULES[KEY_NETWORK_RULE[id as OperationId]]}`;

const toInput = (schema: z.ZodType): JsonSchema =>
  toJsonSchemas({ input: schema }, { side: 'input', toReference })['input']!;

const toPathParameters = ({ path }: Operation) =>
  findPathParameters(path).map((name) => {
    const { schema, description, example } = PATH_PARAMETERS[name];
    return { name, in: 'path', required: true, description, schema: toInput(schema), example };
  });

function toQueryParameters({ query }: Operation) {
  if (!query) return [];
  const { properties = {}, required = [] } = toInput(query) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
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
    'An ETag of the task: if somebody has changed its state since, nothing is changed, and the answer is 412. `*` is any',
  schema: {
    anyOf: [
      { type: 'string', const: '*' },
      { type: 'string', pattern: ETAG.source },
    ],
  },
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

const toRequestBody = (body: z.ZodType, { examples }: Operation) => ({
  required: !body.safeParse(undefined).success,
  content: {
    'application/json': {
      schema: toInput(body),
      ...(examples && {
        examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
      }),
    },
  },
});

const toAnswers = (id: string, operation: Operation, schemas: Record<string, JsonSchema>) => {
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
const toEventStream = (id: string, events: NonNullable<Operation['events']>, schemas: Record<string, JsonSchema>) => ({
  [EVENT_STREAM]: {
    schema: {
      description: 'Each event of the stream',
      oneOf: Object.keys(events).map((name) => ({
        type: 'object',
        required: ['id', 'event', 'data'],
        properties: {
          id: { type: 'string' },
          event: { type: 'string', const: name },
          data: { type: 'string', contentMediaType: 'application/json', contentSchema: schemas[`${id}.${name}`] },
        },
      })),
    },
  },
});

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
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of listProblems(operation)) {
    const status = toHttpStatus(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
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
