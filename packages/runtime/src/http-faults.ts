import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Refusal, refuseRequest, refuseSocket } from './refusal';

/** A request must be here, with its body, within this time, in milliseconds. */
export const REQUEST_WITHIN_MS = 10_000;

const toBadRequest = (detail: string): Refusal => ({ status: 400, code: 'bad_request', detail });

const EXPECTATION_FAILED: Refusal = {
  status: 417,
  code: 'expectation_failed',
  detail: 'Expect: only 100-continue is possible',
};

const NO_TUNNEL: Refusal = {
  status: 405,
  code: 'method_not_allowed',
  detail: 'CONNECT is not possible here: this is not a proxy',
  headers: { allow: 'GET, HEAD, POST' },
};

/** What Node's parser refuses, by the code of its error; all else is a bad request. */
const REFUSAL_OF_CODE: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_timeout',
    detail: `the request did not arrive within ${REQUEST_WITHIN_MS / 1_000} seconds; send headers and body at once`,
  },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers_too_large',
    detail: 'request line and headers are larger than 16 KiB',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'body_too_large',
    detail: 'the chunk extensions of the body are larger than 16 KiB',
  },
};
const UNREADABLE = toBadRequest('the request is not valid HTTP/1.1');

/**
 * Node answers some requests itself, with a status alone: those that its parser refuses, CONNECT, an unknown expectation. Here
 * each of them gets a problem as its body. `answering` is the response that a socket's last request is answered with.
 */
export function answerFaults(server: Server, answering: (socket: Duplex) => ServerResponse | undefined): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || isAnswered(answering(socket))) socket.destroy(error);
    else refuseSocket(socket, REFUSAL_OF_CODE[error.code ?? ''] ?? UNREADABLE);
  });
  server.on('connect', (_request, socket) => refuseSocket(socket, NO_TUNNEL));
  server.on('checkExpectation', (_request, response) => refuseRequest(response, EXPECTATION_FAILED));
}

/** The faulty request has its answer, or the one before it has only a part: a second answer would be taken for another's. */
const isAnswered = (response: ServerResponse | undefined): boolean =>
  response?.headersSent === true && !(response.req.complete && response.writableFinished);

/** RFC 9112, 3.2: exactly one Host, so that a proxy in front and we speak of the same one. */
export function findHostFault({ httpVersion, rawHeaders }: IncomingMessage): Refusal | undefined {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts === 1 || (hosts === 0 && httpVersion === '1.0')) return undefined;
  return toBadRequest(`a request must have one Host header; this one has ${hosts}`);
}
