/** The exit codes: one table for code, help and README. */
export const EXIT_CODES = {
  ok: { code: 0, text: 'done; a watched task COMPLETED' },
  error: { code: 1, text: 'any other error (key refused, server error)' },
  usage: { code: 2, text: 'wrong arguments, or a value that the API refuses' },
  notFound: { code: 3, text: 'the named task, subtask, node, alert or dead letter does not exist' },
  illegalTransition: { code: 5, text: 'the status does not allow the command' },
  endedOtherwise: { code: 6, text: 'a watched task ended as FAILED, CANCELLED or TIMEOUT' },
  unreachable: { code: 7, text: 'no stack found, no connection, or the API is unavailable (502, 503, 504)' },
  different: { code: 8, text: 'task diff found a difference' },
  interrupted: { code: 130, text: 'Ctrl-C; a watched task continues' },
} as const;

export type ExitName = keyof typeof EXIT_CODES;

/** The exit code for the HTTP status of a refused request. */
export function toExitName(httpStatus: number): ExitName {
  if (httpStatus === 400 || httpStatus === 413 || httpStatus === 422) return 'usage';
  if (httpStatus === 404) return 'notFound';
  if (httpStatus === 409) return 'illegalTransition';
  if (httpStatus === 502 || httpStatus === 503 || httpStatus === 504) return 'unreachable';
  return 'error';
}
