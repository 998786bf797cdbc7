import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  type ErrorCode,
  ETAG,
  findPathParameters,
  PATH_PARAMETERS,
  type PathParameterName,
  parseSubTaskId,
  readSafely,
  toSentence,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import express, { type Request, type RequestHandler } from 'express';
import * as z from 'zod';
import { parseJson } from '../core/requests/parse-json';
import { toDetail } from '../core/requests/problem';
import { toFieldError, toFieldErrors } from '../core/requests/to-field-errors';

/** Every value of a request is read by one of these functions. Each throws an AppError that names the invalid field. */

/** Generated clients send `null` for a body that is left out. */
export function readBody<Schema extends z.ZodType>(schema: Schema, request: Request): z.output<Schema> {
  const isLeftOut = request.body === null && schema.safeParse(undefined).success;
  return read(schema, isLeftOut ? undefined : request.body, 'invalid_body');
}

export const readQuery = <Schema extends z.ZodType>(schema: Schema, request: Request): z.output<Schema> =>
  read(schema, request.query, 'invalid_query');

const noFieldsSchema = z.strictObject({});
export const refuseQuery: RequestHandler = (request, _response, next) => {
  read(noFieldsSchema, request.query, 'invalid_query');
  next();
};

function read<Schema extends z.ZodType>(schema: Schema, value: unknown, code: ErrorCode): z.output<Schema> {
  const parsed = readSafely(schema, value);
  if (parsed.success) return parsed.data;
  const errors = toFieldErrors(parsed.error);
  throw new AppError(code, { detail: toDetail(errors), field: errors[0]?.field ?? '', errors });
}

/** The error of a body whose field is at fault: the first message is its detail. */
export const toInvalidBody = (field: string, ...messages: readonly string[]): AppError =>
  new AppError('invalid_body', {
    detail: `${field}: ${messages[0]}`,
    field,
    errors: messages.map((message) => toFieldError(field, message)),
  });

/** The names in braces of a path. */
export type Parameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { [Key in Name]: string } & Parameters<Rest>
  : object;

/** The ids in the path. An invalid id gets the answer of an unknown one: 404. */
export function readParameters<Path extends string>(path: Path, request: Request): Parameters<Path> {
  const values: Partial<Record<PathParameterName, string>> = {};
  for (const name of findPathParameters(path)) {
    const { schema, unknown } = PATH_PARAMETERS[name];
    const parsed = schema.safeParse(request.params[name]);
    if (!parsed.success) throw new AppError(unknown, { field: name });
    values[name] = parsed.data;
  }
  const { task_id, subtask_id } = values;
  if (subtask_id !== undefined && parseSubTaskId(subtask_id)?.taskId !== task_id) {
    throw new AppError('subtask_not_found', { field: 'subtask_id' });
  }
  return values as Parameters<Path>;
}

const idempotencyKeySchema = z.string().regex(/^[\x21-\x7e]{1,100}$/, toSentence('visible_characters'));

export function readIdempotencyKey(request: Request): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  const parsed = idempotencyKeySchema.safeParse(key);
  if (parsed.success) return parsed.data;
  const detail = `Idempotency-Key: ${parsed.error.issues[0]?.message}`;
  throw new AppError('invalid_header', { detail, field: 'Idempotency-Key' });
}

/** The version in `If-Match`. Undefined if the header is absent, or `*`. */
export function readIfMatch(request: Request): number | undefined {
  const tag = request.headers['if-match'];
  if (tag === undefined || tag.trim() === '*') return undefined;
  const version = ETAG.exec(tag.trim())?.[1];
  if (version !== undefined) return Number(version);
  throw new AppError('invalid_header', {
    detail: 'If-Match: must be the ETag of the task, such as "7"',
    field: 'If-Match',
  });
}

export const MAX_BODY_BYTES = 1_048_576;
const UTF8: ReadonlySet<string> = new Set(['utf-8', 'utf8']);

/**
 * Checks the headers of a body: the type must be JSON, a charset must be UTF-8, and the length must not pass the limit.
 * A body that is too large is refused before it arrives. `request.is` returns null without a body, but not for an empty
 * one.
 */
const checkHeaders: RequestHandler = (request, _response, next) => {
  const { 'content-length': length, 'content-type': type = '' } = request.headers;
  if (Number(length) > MAX_BODY_BYTES) {
    const detail = `the body has ${length} bytes; the limit is ${MAX_BODY_BYTES}`;
    throw new AppError('body_too_large', { detail, limit: MAX_BODY_BYTES });
  }
  if (length !== '0' && request.is('application/json') === false) {
    throw new AppError('unsupported_media_type', { detail: 'send Content-Type: application/json' });
  }
  for (const [, charset = ''] of type.matchAll(/;\s*charset\s*=\s*"?([^";\s]*)/gi)) {
    if (UTF8.has(charset.toLowerCase())) continue;
    throw new AppError('unsupported_media_type', { detail: `the charset is ${charset.slice(0, 40)}; send UTF-8` });
  }
  next();
};

const parseBody: RequestHandler = (request, _response, next) => {
  if (Buffer.isBuffer(request.body)) {
    const parsed = request.body.length > 0 ? parseJson(request.body) : { value: {} };
    if ('fault' in parsed) throw new AppError('malformed_json', { detail: parsed.fault });
    request.body = parsed.value;
  }
  next();
};

const digests = new WeakMap<IncomingMessage, string>();

/** A digest of the body's bytes; empty if the request has no body or no Idempotency-Key. */
export const findBodyDigest = (request: IncomingMessage): string => digests.get(request) ?? '';

function digestBody(request: IncomingMessage, _response: unknown, bytes: Buffer): void {
  if (request.headers['idempotency-key'] === undefined) return;
  digests.set(request, createHash('sha256').update(bytes).digest('hex'));
}

/** Reads and parses the body, if there is one. */
export const receiveBody: RequestHandler[] = [
  checkHeaders,
  express.raw({ limit: MAX_BODY_BYTES, type: () => true, verify: digestBody }),
  parseBody,
];
