import http from 'node:http';
import https from 'node:https';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { type PortResult, toVisibleLine } from '@cyberstroll/contracts';
import type { RunClock } from '@cyberstroll/scanner-sdk';
import { toPrintableLine } from '../core/banner';

export interface PageRequest {
  ip: string;
  port: number;
  isTls: boolean;
  /** On the clock. */
  timeoutMs: number;
  signal: AbortSignal;
  clock: RunClock;
}

/** Bytes of a page in which its title is looked for. */
const MAX_PAGE_BYTES = 65_536;
const MAX_HEADER_BYTES = 16_384;

/** What a port says as a web server; undefined if it is not one, or does not answer in time. Closes its socket. */
export function readPage({ ip, port, isTls, timeoutMs, signal, clock }: PageRequest): Promise<PortResult | undefined> {
  return new Promise((resolve) => {
    const { request } = isTls ? https : http;
    const asked = request({
      host: ip,
      port,
      path: '/',
      agent: false,
      rejectUnauthorized: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      headers: { 'user-agent': 'cyberstroll', accept: '*/*', connection: 'close' },
      signal,
    });
    let answer: Answer | undefined;
    const chunks: Buffer[] = [];
    const end = () => {
      stopTimer();
      asked.destroy();
      resolve(answer && withTitle(answer, findTitle(Buffer.concat(chunks).subarray(0, MAX_PAGE_BYTES))));
    };
    const stopTimer = clock.startTimer(timeoutMs, end);
    asked.on('error', end);
    asked.on('response', (response) => {
      // Once the connection is closed its certificate is gone.
      answer = toAnswer(port, response, isTls ? (response.socket as TLSSocket) : undefined);
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes >= MAX_PAGE_BYTES) end();
      });
      response.on('close', end);
    });
    asked.end();
  });
}

type Answer = PortResult & { status: string };

function toAnswer(port: number, response: http.IncomingMessage, socket: TLSSocket | undefined): Answer {
  const { server } = response.headers;
  const tls = socket && toTls(socket);
  return {
    port,
    protocol: 'tcp',
    state: 'open',
    service: socket ? 'https' : 'http',
    ...(server !== undefined && { product: toPrintableLine([server].flat().join(' ')) }),
    ...(tls && { tls }),
    status: `${response.statusCode} ${toPrintableLine(response.statusMessage ?? '')}`.trim(),
  };
}

const withTitle = ({ status, ...port }: Answer, title: string): PortResult => ({
  ...port,
  banner: title === '' ? status : `${status}, ${title}`,
});

function findTitle(page: Buffer): string {
  const [, title = ''] = /<title[^>]*>([^<]*)/i.exec(page.toString()) ?? [];
  return toVisibleLine(title).replaceAll(/\s+/g, ' ').trim().slice(0, 200);
}

function toTls(socket: TLSSocket): PortResult['tls'] {
  const certificate = socket.getPeerCertificate();
  const version = socket.getProtocol();
  return {
    ...(version !== null && { version }),
    ...(certificate.subject && { subject: toName(certificate.subject), issuer: toName(certificate.issuer) }),
    ...toTime('not_before', certificate.valid_from),
    ...toTime('not_after', certificate.valid_to),
  };
}

/** `CN=example.com, O=Example`. */
const toName = (name: PeerCertificate['subject']): string =>
  Object.entries(name)
    .map(([part, value]) => `${part}=${toPrintableLine([value].flat().join('+'))}`)
    .join(', ')
    .slice(0, 512);

function toTime(field: 'not_before' | 'not_after', text: string | undefined): { [Field in typeof field]?: string } {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? {} : { [field]: time.toISOString() };
}
