import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Refusal, toRefusal } from '@cyberstroll/contracts';
import { refuseRequest, refuseSocket } from './refusal';

/** A request must be here, with its body, within this time, in milliseconds. */
export const REQUEST_WITHIN_MS = 10_000;

const EXPECTATION_FAILED = toRefusal('expectation_failed', { detail: 'only 100-continue is possible' });

const NO_TUNNEL = toRefusal('method_not_allowed', {
  detail: 'CONNECT needs a proxy; allowed: GET, HEAD, POST',
  headers: { allow: 'GET, HEAD, POST' },
});

/** What Node's parser refuses, by the code of its error; all else is a bad request. */
const REFUSAL_OF_CODE: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: toRefusal('request_timeout', {
    detail: `the limit is ${REQUEST_WITHIN_MS / 1_000} seconds; send headers and body at once`,
  }),
  HPE_HEADER_OVERFLOW: toRefusal('headers_too_large'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: toRefusal('body_too_large', { detail: 'its chunk extensions are larger than 16 KiB' }),
};
const UNREADABLE = toRefusal('bad_request', { detail: 'it is not valid HTTP/1.1' });

/**
 * Node answers some requests itself, with a status alone: those that its parser refuses, CONNECT, an unknown
 * expectation. Here each of them gets a problem as its body. `answering` is the response that a socket's last request
 * is answered with.
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
 * The faulty request has its answer, or the one before it has only a part: a second answer would be taken for
 * another's.
 */
const isAnswered = (response: ServerResponse | undefined): boolean =>
  response?.headersSent === true && !(response.req.complete && response.writableFinished);

/** RFC 9112, 3.2: exactly one Host, so that a proxy in front and we speak of the same one. */
export function findHostFault({ httpVersion, rawHeaders }: IncomingMessage): Refusal | undefined {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts === 1 || (hosts === 0 && httpVersion === '1.0')) return undefined;
  return toRefusal('bad_request', { detail: `it must have one Host header and has ${hosts}` });
}
