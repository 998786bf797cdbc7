import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Refusal } from '@cyberstroll/contracts';

/** Seconds; sent if the refusal is due to load. */
const RETRY_AFTER = '2';

/** Answers with a problem (RFC 9457). */
export function refuseRequest(response: ServerResponse, refusal: Refusal): void {
  const { headers, body } = toAnswer(refusal);
  response.writeHead(refusal.status, headers).end(body);
}

/** The same if there is only a socket: before an upgrade, or if the request could not be parsed. Closes the socket. */
export function refuseSocket(socket: Duplex, refusal: Refusal): void {
  const { headers, body } = toAnswer(refusal);
  const lines = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Error'}`,
    ...Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function toAnswer({ status, code, detail, headers }: Refusal): { headers: Record<string, string>; body: string } {
  const title = STATUS_CODES[status] ?? 'Error';
  const body = JSON.stringify({ type: `urn:cyberstroll:problem:${code}`, title, status, code, detail });
  return {
    headers: {
      'content-type': 'application/problem+json',
      'content-length': String(Buffer.byteLength(body)),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...((status === 429 || status === 503) && { 'retry-after': RETRY_AFTER }),
      ...headers,
    },
    body,
  };
}
