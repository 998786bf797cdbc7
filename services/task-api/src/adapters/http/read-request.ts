import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseSubTaskId, taskIdSchema } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import express, { type Request, type RequestHandler } from 'express';
import { z } from 'zod';
import { toDetail } from '../../core/problem';
import { toFieldErrors } from '../../core/to-field-errors';

/** Everything that is taken from a request passes one of these; each throws an AppError that names the field. */

export const readBody = <Schema extends z.ZodType>(schema: Schema, request: Request): z.output<Schema> =>
  read(schema, request.body, 'invalid_body');

export const readQuery = <Schema extends z.ZodType>(schema: Schema, request: Request): z.output<Schema> =>
  read(schema, request.query, 'invalid_query');

const noQuerySchema = z.strictObject({});
export const refuseQuery: RequestHandler = (request, _response, next) => {
  read(noQuerySchema, request.query, 'invalid_query');
  next();
};

function read<Schema extends z.ZodType>(schema: Schema, value: unknown, code: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = toFieldErrors(parsed.error);
  throw new AppError('invalid', code, toDetail(errors), { field: errors[0]?.field ?? '', errors });
}

/** An id that can be no task's is one of a task that does not exist. */
export function readTaskId(request: Request): string {
  const parsed = taskIdSchema.safeParse(request.params['task_id']);
  if (!parsed.success) throw new AppError('missing', 'task_not_found', 'there is no such task', { field: 'task_id' });
  return parsed.data;
}

export function readSubTaskId(request: Request): string {
  const taskId = readTaskId(request);
  const subTaskId = String(request.params['subtask_id']);
  if (parseSubTaskId(subTaskId)?.taskId !== taskId) {
    throw new AppError('missing', 'subtask_not_found', 'there is no such subtask', { field: 'subtask_id' });
  }
  return subTaskId;
}

const idempotencyKeySchema = z.string().regex(/^[\x21-\x7e]{1,100}$/, 'must be 1 to 100 visible ASCII characters');

export function readIdempotencyKey(request: Request): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  const parsed = idempotencyKeySchema.safeParse(key);
  if (parsed.success) return parsed.data;
  const message = `Idempotency-Key: ${parsed.error.issues[0]?.message}`;
  throw new AppError('invalid', 'invalid_header', message, { field: 'Idempotency-Key' });
}

const MAX_BODY_BYTES = 1_048_576;

/** A body must say that it is JSON. `is` says null where there is no body, but takes an empty one for one. */
const requireJson: RequestHandler = (request, _response, next) => {
  if (request.headers['content-length'] !== '0' && request.is('application/json') === false) {
    throw new AppError('invalid', 'unsupported_media_type', 'the body must be sent as application/json');
  }
  next();
};

const digests = new WeakMap<IncomingMessage, string>();

/** A digest of the body's bytes, where the request has an Idempotency-Key and a body. */
export const findBodyDigest = (request: IncomingMessage): string => digests.get(request) ?? '';

function digestBody(request: IncomingMessage, _response: unknown, bytes: Buffer): void {
  if (request.headers['idempotency-key'] === undefined) return;
  digests.set(request, createHash('sha256').update(bytes).digest('hex'));
}

/** Takes the body in, where there is one. */
export const receiveBody: RequestHandler[] = [
  requireJson,
  express.json({ limit: MAX_BODY_BYTES, strict: false, verify: digestBody }),
];
