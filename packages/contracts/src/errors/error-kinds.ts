/** What an error is: the kind decides how it is answered, what becomes of its message and how it is logged. */
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

interface KindRules {
  httpStatus: number;
  /** What a consumer does with the message whose handling failed with this kind. */
  verdict: 'done' | 'retry' | 'deadLetter' | 'stop';
  logLevel: 'info' | 'warn' | 'error' | 'fatal';
}

export const ERROR_KINDS: Record<ErrorKind, KindRules> = {
  invalid: { httpStatus: 400, verdict: 'deadLetter', logLevel: 'warn' },
  unauthorised: { httpStatus: 401, verdict: 'deadLetter', logLevel: 'warn' },
  forbidden: { httpStatus: 403, verdict: 'deadLetter', logLevel: 'warn' },
  missing: { httpStatus: 404, verdict: 'done', logLevel: 'info' },
  conflict: { httpStatus: 409, verdict: 'done', logLevel: 'info' },
  overloaded: { httpStatus: 429, verdict: 'retry', logLevel: 'warn' },
  transient: { httpStatus: 503, verdict: 'retry', logLevel: 'warn' },
  fatal: { httpStatus: 500, verdict: 'stop', logLevel: 'fatal' },
  unknown: { httpStatus: 500, verdict: 'retry', logLevel: 'error' },
};

/** One row of the table of error codes. */
export interface ErrorEntry {
  kind: ErrorKind;
  /** The HTTP status, if it is not the kind's. */
  status?: number;
  /** What is wrong, the same each time; the place that throws adds ids, values and limits. */
  text: string;
  /** When it happens. */
  when: string;
  /** What the reader does about it. */
  todo: string;
}
