import type { ErrorKind } from './app-error';

interface KindRules {
  httpStatus: number;
  /** What a consumer does with the message whose handling failed so. */
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
