import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Refusal, toRefusal } from '@cyberstroll/contracts';
import { refuseRequest, refuseSocket } from './refusal';

/** A request must arrive completely, with its body, within this time, in milliseconds. */
export const REQUEST_WITHIN_MS = 10_000;

const EXPECTATION_FAILED = toRefusal('expectation_failed', { detail: 'only 100-continue is possible' });

const NO_TUNNEL = toRefusal('method_not_allowed', {
  detail: 'CONNECT needs a proxy; allowed: GET, HEAD, POST',
  headers: { allow: 'GET, HEAD, POST' },
});

/** The refusals by the error code of Node's parser. Every other error is a bad request. */
const REFUSAL_OF_CODE: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: toRefusal('request_timeout', {
    detail: `the limit is ${REQUEST_WITHIN_MS / 1_000} seconds; send headers and body at once`,
  }),
  HPE_HEADER_OVERFLOW: toRefusal('headers_too_large'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: toRefusal('body_too_large', { detail: 'its chunk extensions are larger than 16 KiB' }),
};
const UNREADABLE = toRefusal('bad_request', { detail: 'it is not valid HTTP/1.1' });

/**
 * Node answers some requests itself, with a status only: requests that its parser refuses, CONNECT, and an unknown
 * expectation. This gives each of them a problem as its body. `answering` returns the response to a socket's last
 * request.
 */
export function answerFaults(server: Server, answering: (socket: Duplex) => ServerResponse | undefined): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || isAnswered(answering(socket))) socket.destroy(error);
    else refuseSocket(socket, REFUSAL_OF_CODE[error.code ?? ''] ?? UNREADABLE);
  });
  server.on('connect', (_request, socket) => refuseSocket(socket, NO_TUNNEL));
  server.on('checkExpectation', (_request, response) => refuseRequest(response, EXPECTATION_FAILED));
}

/**
 * True if the bad request has its answer, or if the answer to the previous request is only partly sent. A second
 * answer would then be read as the answer to another request.
 */
const isAnswered = (response: ServerResponse | undefined): boolean =>
  response?.headersSent === true && !(response.req.complete && response.writableFinished);

/** RFC 9112, 3.2: exactly one Host header, so that a proxy in front and this server mean the same host. */
export function findHostFault({ httpVersion, rawHeaders }: IncomingMessage): Refusal | undefined {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts === 1 || (hosts === 0 && httpVersion === '1.0')) return undefined;
  return toRefusal('bad_request', { detail: `it must have one Host header and has ${hosts}` });
}
