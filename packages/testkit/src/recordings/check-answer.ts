import {
  createOpenApi,
  ERROR_CODES,
  EVENT_STREAM,
  listProblems,
  OPERATIONS,
  type Operation,
} from '@cyberstroll/contracts';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';

/** What a client got. */
export interface HttpAnswer {
  method: string;
  /** With or without a query. */
  path: string;
  status: number;
  headers: Headers;
  /** Parsed JSON, the text of a stream, or bytes; undefined if the answer has no body. */
  body: unknown;
}

const document = createOpenApi('0.0.0', { isClosed: true });
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
for (const name of ['int64', 'double']) ajv.addFormat(name, true);
ajv.addSchema(document, 'openapi');

const operations = Object.values(OPERATIONS)
  .map((operation: Operation) => ({
    operation,
    pattern: new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }))
  // `/api/dead-letters/replay` before `/api/dead-letters/{dead_letter_id}`.
  .sort((a, b) => (a.operation.path < b.operation.path ? -1 : 1));

/**
 * Throws unless the answer is one that docs/openapi.json promises: status, content type, schema, no other field, and a
 * problem's code. Returns false if the request was not one of an operation; below `/api/` the answer must be a problem
 * then.
 */
export function checkAnswer({ method, path, status, headers, body }: HttpAnswer): boolean {
  const { pathname } = new URL(path, 'http://api');
  if (!pathname.startsWith('/api/')) return false;
  const route = operations.find(({ pattern }) => pattern.test(pathname))?.operation.path;
  const found = operations.find(({ operation }) => operation.method === method && operation.path === route);
  const place = `${method} ${pathname}: ${status}`;
  const isProblem = status >= 400;
  const type = headers.get('content-type')?.split(';')[0];
  const streams = Object.keys(found?.operation.streams ?? {});
  const { events, bytes } = found?.operation ?? {};
  const usual = bytes ? [bytes.type] : events ? [EVENT_STREAM] : ['application/json', ...streams];
  const types = isProblem ? ['application/problem+json'] : usual;
  if (body !== undefined && !types.includes(type ?? '')) throw new Error(`${place} has the content type ${type}`);
  if (isProblem) check(place, '#/components/schemas/Problem', body);
  if (!found) return false;
  const { operation } = found;
  if (isProblem) checkCode(place, operation, (body as { code: keyof typeof ERROR_CODES }).code);
  else if (events) checkEvents(place, events, body);
  else if (status === 204) checkEmpty(place, operation, body);
  else if (!bytes && type !== 'text/csv' && type !== 'text/plain')
    check(place, toPointer(operation, status), toPage(type, body));
  return true;
}

function checkEmpty(place: string, { answers }: Operation, body: unknown): void {
  if (!answers[204] || body !== undefined) throw new Error(`${place} is not what the operation lists, or has a body`);
}

/** The events of a stream, or of the part of it that was read. A 204 has none. */
function checkEvents(place: string, events: NonNullable<Operation['events']>, body: unknown): void {
  for (const [, name, data] of String(body ?? '').matchAll(/^event: (.*)\ndata: (.*)\n\n/gm)) {
    const schema = events[name!];
    if (!schema) throw new Error(`${place} has the event ${name}`);
    schema.parse(JSON.parse(data!));
  }
}

/** NDJSON is checked like a page: its lines are the items, but for one with the summary. */
function toPage(type: string | undefined, body: unknown): unknown {
  if (type !== 'application/x-ndjson') return body;
  const lines = (body as string).split('\n').filter((line) => line !== '');
  const values = lines.map((line) => JSON.parse(line) as object);
  const items = values.filter((value) => !('summary' in value));
  return { items, ...values.find((value) => 'summary' in value) };
}

const validators = new Map<string, ValidateFunction>();

function check(place: string, pointer: string, body: unknown): void {
  const validate = validators.get(pointer) ?? ajv.compile({ $ref: `openapi${pointer}` });
  validators.set(pointer, validate);
  if (validate(body)) return;
  throw new Error(`${place} is not what docs/openapi.json says: ${ajv.errorsText(validate.errors)}`);
}

/** A dependency that fails may be named by any code of its kind. */
function checkCode(place: string, operation: Operation, code: keyof typeof ERROR_CODES): void {
  if (listProblems(operation).includes(code) || ERROR_CODES[code]?.kind === 'transient') return;
  throw new Error(`${place} has the code ${code}, which the operation does not list`);
}

function toPointer({ method, path, answers }: Operation, status: number): string {
  if (!(status in answers)) throw new Error(`${method} ${path} answered ${status}, which it does not list`);
  const parts = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', 'application/json'];
  const escaped = parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  return `#/${escaped.join('/')}/schema`;
}
