import type { Problem } from '@cyberstroll/contracts';
import { TargetError } from '@cyberstroll/targets';
import { ZodError } from 'zod';
import { toFieldErrors } from './to-field-errors';

/** HTTP statuses that say more than the error's kind does, by code. */
const STATUS_OF_CODE: Record<string, number> = {
  method_not_allowed: 405,
  body_too_large: 413,
  unsupported_media_type: 415,
  invalid_body: 422,
  invalid_targets: 422,
  out_of_scope: 422,
};

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

/** What may be told of an error's details; the rest stays in the log. */
const PUBLIC_DETAILS = ['field', 'errors', 'allowed', 'entry', 'limit', 'reason', 'retry_after_seconds'] as const;

interface Fault {
  status: number;
  code: string;
  detail: string;
  details?: Record<string, unknown>;
}

/**
 * The one way from anything thrown to what a client sees (RFC 9457). A bug's message, and an engine's, are not told:
 * they may hold addresses or stacks. `statusOfKind` is the service's table of error kinds.
 */
export function toProblem(
  error: unknown,
  context: { statusOfKind: (kind: string) => number; requestId?: string },
): Problem {
  const { status, code, detail, details = {} } = toFault(error, context.statusOfKind);
  const told = PUBLIC_DETAILS.filter((name) => details[name] !== undefined).map((name) => [name, details[name]]);
  return {
    type: `urn:cyberstroll:problem:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    code,
    detail,
    ...Object.fromEntries(told),
    ...(context.requestId !== undefined && { request_id: context.requestId }),
  };
}

function toFault(error: unknown, statusOfKind: (kind: string) => number): Fault {
  if (isAppError(error)) return fromAppError(error, statusOfKind);
  if (error instanceof TargetError) return fromTargetError(error);
  if (error instanceof ZodError) {
    const errors = toFieldErrors(error);
    return fault('invalid_body', toDetail(errors), { field: errors[0]?.field, errors });
  }
  if (isHttpError(error)) return fromHttpError(error);
  return INTERNAL;
}

const INTERNAL: Fault = { status: 500, code: 'internal_error', detail: 'an error of the service; its log says more' };

const fault = (code: string, detail: string, details: Record<string, unknown> = {}, status = 400): Fault => ({
  status: STATUS_OF_CODE[code] ?? status,
  code,
  detail,
  details,
});

/** Several field errors in one sentence. */
export const toDetail = (errors: readonly { field: string; message: string }[]): string =>
  errors.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ');

interface AppErrorLike {
  kind: string;
  code: string;
  message: string;
  details: Record<string, unknown>;
}

const isAppError = (error: unknown): error is AppErrorLike => error instanceof Error && error.name === 'AppError';

function fromAppError({ kind, code, message, details }: AppErrorLike, statusOfKind: (kind: string) => number): Fault {
  const status = statusOfKind(kind);
  if (status === 500) return INTERNAL;
  if (status === 503) {
    const detail = code === 'draining' ? message : 'a part that this needs is out of reach; try again';
    return { status, code, detail, details: { retry_after_seconds: details['retry_after_seconds'] ?? 2 } };
  }
  return fault(code, message, details, status);
}

function fromTargetError(error: TargetError): Fault {
  const field = error.list === 'exclude' ? 'exclude_target' : 'task_target';
  // JSON has no bigint, and a count beyond 2^53 is no number either.
  const limit = typeof error.limit === 'bigint' ? String(error.limit) : error.limit;
  return fault('invalid_targets', `${field}: ${error.message}`, {
    field,
    entry: error.entry,
    reason: error.reason,
    limit,
  });
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

/** What express and its body parser throw. */
function fromHttpError(error: HttpErrorLike): Fault {
  switch (error.type) {
    case 'entity.too.large':
      return fault('body_too_large', `the body is larger than ${error.limit} bytes`, { limit: error.limit });
    case 'encoding.unsupported':
      return fault('unsupported_media_type', 'Content-Encoding must be gzip, deflate or br, or absent');
    default:
      return fault('bad_request', 'the request could not be read');
  }
}
