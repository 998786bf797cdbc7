/**
 * The one error of every service. `kind` decides what becomes of it; each mapping is one table in `error-kinds.ts`.
 * A refused transition is no exception but a value.
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthorised'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'overloaded'
  | 'transient'
  | 'fatal'
  | 'unknown';

export interface ErrorDetails {
  /** The field at fault, as a path: `scan.ports`. */
  field?: string;
  limit?: number | string;
  retry_after_seconds?: number;
  [fact: string]: unknown;
}

export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly kind: ErrorKind,
    /** snake_case, stable: clients and operators match on it. */
    readonly code: string,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Any thrown value as an AppError; what is not one already is a bug, kind `unknown`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AppError('unknown', 'internal_error', message, {}, { cause: error });
}
