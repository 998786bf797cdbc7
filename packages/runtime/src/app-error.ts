import { ERROR_CODES, type ErrorCode, type ErrorKind, toErrorText } from '@cyberstroll/contracts';

export interface ErrorDetails {
  /** The field at fault, as a path: `scan.ports`. */
  field?: string;
  limit?: number | string;
  retry_after_seconds?: number;
  [fact: string]: unknown;
}

/**
 * The one error class of every service. Its code has a kind and a text in the table of error codes (contracts).
 * `detail` is what the throwing code adds: ids, values, limits. A refused transition is a value, not an exception.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly kind: ErrorKind;
  readonly details: ErrorDetails;

  constructor(
    readonly code: ErrorCode,
    { detail, ...details }: ErrorDetails & { detail?: string } = {},
    options?: ErrorOptions,
  ) {
    super(toErrorText(code, detail), options);
    this.kind = ERROR_CODES[code].kind;
    this.details = details;
  }
}

/** Any thrown value as an AppError; a value that is not one already is a bug, code `internal_error`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new AppError('internal_error', { detail }, { cause: error });
}
