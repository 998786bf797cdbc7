import { ERROR_KINDS, type ErrorEntry } from './error-kinds';
import { MESSAGE_ERRORS } from './message-errors';
import { REQUEST_ERRORS } from './request-errors';
import { SERVICE_ERRORS } from './service-errors';

/**
 * The one table of error codes; docs/errors.md is made from it. A code is snake_case and stable, because clients and
 * operators match on it.
 * The compiler refuses a code that is not here; a test refuses one that is here and that no source uses.
 */
export const ERROR_CODES = { ...REQUEST_ERRORS, ...MESSAGE_ERRORS, ...SERVICE_ERRORS };

export type ErrorCode = keyof typeof ERROR_CODES;

/** Why an update or message becomes a dead letter, or why a dead letter is not replayed. */
export type DeadLetterReason = keyof typeof MESSAGE_ERRORS | 'illegal_transition';

/** The text of the table, and what the place that throws adds: `there is no such task: 6650…`. */
export const toErrorText = (code: ErrorCode, detail?: string): string =>
  detail === undefined ? ERROR_CODES[code].text : `${ERROR_CODES[code].text}: ${detail}`;

export function toHttpStatus(code: ErrorCode): number {
  const { kind, status }: ErrorEntry = ERROR_CODES[code];
  return status ?? ERROR_KINDS[kind].httpStatus;
}

/** The codes that an HTTP answer may have. Clients see one code for all that is the fault of a service. */
export const HTTP_CODES = (Object.keys(ERROR_CODES) as ErrorCode[])
  .filter((code) => code === 'internal_error' || (!(code in MESSAGE_ERRORS) && toHttpStatus(code) !== 500))
  .sort();

/** An HTTP request that is refused before a route takes it. */
export interface Refusal {
  status: number;
  code: ErrorCode;
  /** For the client: what is wrong and what to do. */
  detail: string;
  /** Further headers of the answer. */
  headers?: Readonly<Record<string, string>>;
}

/** A refusal with the status and the text of its code; `status` is for codes that have two. */
export const toRefusal = (
  code: ErrorCode,
  { detail, status = toHttpStatus(code), ...rest }: Partial<Omit<Refusal, 'code'>> = {},
): Refusal => ({ status, code, detail: toErrorText(code, detail), ...rest });
