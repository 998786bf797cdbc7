import {
  ERROR_KINDS,
  type ErrorEntry,
  MESSAGE_ERRORS,
  REQUEST_ERRORS,
  SCAN_ERROR_CODES,
  SERVICE_ERRORS,
  WEBSOCKET_CLOSES,
} from '@cyberstroll/contracts';
import { toTable } from './table';

/** The reference of error codes, from the tables that the services take them from. */
export function renderErrors(): string {
  return `# Errors

Each error has a code. Codes are stable: match on the code, not on the text. Written from
\`packages/contracts/src/errors\` by \`npm run docs\`.

## Answers to requests

The HTTP API, the WebSocket upgrade and the health paths refuse a request with a problem (RFC 9457,
\`application/problem+json\`): \`code\`, \`detail\` (the text below, then values and limits) and the status. With 429 and 503
there is a Retry-After.

${toTable(['code', 'status', 'what is wrong', 'when', 'what to do'], Object.entries(REQUEST_ERRORS).map(toRequestRow))}

If a dependency of the service is unavailable, the answer is 503 with a code of [the services](#of-the-services).

## Closes of a WebSocket

${toTable(
  ['code', 'reason', 'when', 'what to do'],
  Object.values(WEBSOCKET_CLOSES).map(({ code, reason, when, todo }) => [String(code), reason, when, todo]),
)}

## Reasons of dead letters

\`reason\` of a dead letter, and \`why\` of one that a replay or a discard skipped. \`illegal_transition\` is a reason, too:
it is in the first table.

${toTable(['code', 'what is wrong', 'when', 'what to do'], Object.entries(MESSAGE_ERRORS).map(toRow))}

## Of the services

These are in logs (\`code\`), in health answers and in the errors that a program ends with. The kind decides what happens:
a message whose handling fails is tried again (transient, overloaded; an unknown error three times), becomes a
dead letter, or the process ends (fatal).

${toTable(
  ['code', 'kind', 'what is wrong', 'when', 'what to do'],
  Object.entries(SERVICE_ERRORS).map(([code, entry]) => toRow([code, entry]).toSpliced(1, 0, entry.kind)),
)}

## Of scans

\`error_info.error_code\` of a subtask. A code that is not here is retried. A free retry does not count towards
\`max_retries\`.

${toTable(
  ['code', 'what is wrong', 'retried', 'free'],
  Object.entries(SCAN_ERROR_CODES).map(([code, { text, retryable, free }]) => [
    `\`${code}\``,
    text,
    retryable ? 'yes' : 'no',
    free ? 'yes' : 'no',
  ]),
)}
`;
}

function toRow([code, { text, when, todo }]: [string, ErrorEntry]): string[] {
  return [`\`${code}\``, text, when, todo];
}

function toRequestRow([code, entry]: [string, ErrorEntry]): string[] {
  return toRow([code, entry]).toSpliced(1, 0, String(entry.status ?? ERROR_KINDS[entry.kind].httpStatus));
}
