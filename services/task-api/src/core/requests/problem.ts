import { type ErrorCode, type Problem, type Refusal, toRefusal } from '@cyberstroll/contracts';
import { TargetError } from '@cyberstroll/targets';
import { ZodError } from 'zod';
import { toFieldError, toFieldErrors } from './to-field-errors';

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Content too large',
  415: 'Unsupported media type',
  422: 'Unprocessable content',
  429: 'Too many requests',
  500: 'Internal server error',
  503: 'Service unavailable',
};

/** The details of an error that clients may see. All others appear in the log only. */
const PUBLIC_DETAILS = ['field', 'errors', 'allowed', 'entry', 'limit', 'reason', 'retry_after_seconds'] as const;

interface Fault extends Refusal {
  details?: Record<string, unknown>;
}

/**
 * Turns anything thrown into the problem that a client sees (RFC 9457). The message of a bug or of a backing service
 * may contain addresses or stacks: it stays in the log, and the client gets the text of the code.
 */
export function toProblem(error: unknown, requestId?: string): Problem {
  const { status, code, detail, details = {} } = toFault(error);
  const shown = PUBLIC_DETAILS.filter((name) => details[name] !== undefined).map((name) => [name, details[name]]);
  return {
    type: `urn:cyberstroll:problem:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    code,
    detail,
    ...Object.fromEntries(shown),
    ...(requestId !== undefined && { request_id: requestId }),
  };
}

function toFault(error: unknown): Fault {
  if (isAppError(error)) return fromAppError(error);
  if (error instanceof TargetError) return fromTargetError(error);
  if (error instanceof ZodError) {
    const errors = toFieldErrors(error);
    return fault('invalid_body', toDetail(errors), { field: errors[0]?.field, errors });
  }
  if (isHttpError(error)) return fromHttpError(error);
  return INTERNAL;
}

const INTERNAL = toRefusal('internal_error', { detail: 'the log of task-api has the cause under this request_id' });

const fault = (code: ErrorCode, detail: string, details: Record<string, unknown> = {}): Fault => ({
  ...toRefusal(code, { detail }),
  details,
});

/** Several field errors in one sentence. */
export const toDetail = (errors: readonly { field: string; message: string }[]): string =>
  errors.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ');

interface AppErrorLike {
  code: ErrorCode;
  message: string;
  details: Record<string, unknown>;
}

const isAppError = (error: unknown): error is AppErrorLike => error instanceof Error && error.name === 'AppError';

function fromAppError({ code, message, details }: AppErrorLike): Fault {
  const refusal = toRefusal(code);
  if (refusal.status === 500) return INTERNAL;
  if (refusal.status === 503) {
    return { ...refusal, details: { retry_after_seconds: details['retry_after_seconds'] ?? 2 } };
  }
  return { ...refusal, detail: message, details };
}

function fromTargetError(error: TargetError): Fault {
  const { detail, ...details } = toTargetDetails(error);
  return fault('invalid_targets', detail, details);
}

/** What the error `invalid_targets` says. `path`: what the field lies in, such as `template.`. */
export function toTargetDetails(
  error: TargetError,
  path = '',
): { detail: string; field: string; [fact: string]: unknown } {
  const field = `${path}${error.list === 'exclude' ? 'exclude_target' : 'task_target'}`;
  // JSON has no bigint, and a count above 2^53 does not fit into a number.
  const limit = typeof error.limit === 'bigint' ? String(error.limit) : error.limit;
  return {
    detail: `${field}: ${error.message}`,
    field,
    entry: error.entry,
    reason: error.reason,
    ...(limit !== undefined && { limit }),
    errors: [toFieldError(field, error.message)],
  };
}

interface HttpErrorLike extends Error {
  status: number;
  type?: string;
  limit?: number;
}

const isHttpError = (error: unknown): error is HttpErrorLike =>
  error instanceof Error &&
  typeof (error as HttpErrorLike).status === 'number' &&
  (error as HttpErrorLike).status < 500;

/** The errors of express and its body parser. */
function fromHttpError(error: HttpErrorLike): Fault {
  switch (error.type) {
    case 'entity.too.large':
      return fault('body_too_large', `the body is too large; the limit is ${error.limit} bytes`, {
        limit: error.limit,
      });
    case 'encoding.unsupported':
      return fault('unsupported_media_type', 'Content-Encoding must be gzip, deflate, br or absent');
    default:
      return toRefusal('bad_request');
  }
}
