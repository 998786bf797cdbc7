import { speaksHttp, WELL_KNOWN_PORTS } from './well-known-ports';

/**
 * The text that a port sends about itself. It is hostile: only printable ASCII of the first line is kept, up to this
 * length, so that it cannot control a terminal or a page that shows it.
 */
const MAX_BANNER = 120;
/** Bytes that are read. */
export const MAX_BANNER_BYTES = 4_096;

/** The first line with printable text, at most 120 characters; '' without one. */
export function toBanner(bytes: Buffer): string {
  for (const line of bytes
    .subarray(0, MAX_BANNER_BYTES)
    .toString('latin1')
    .split(/[\r\n]/)) {
    const text = toPrintableLine(line);
    if (text !== '') return text;
  }
  return '';
}

/** The status line of an HTTP answer and its Server header, if there is one: `HTTP/1.1 200 OK, nginx`. */
export function toHttpBanner(bytes: Buffer): string {
  const [status = '', ...headers] = bytes.subarray(0, MAX_BANNER_BYTES).toString('latin1').split(/\r?\n/);
  if (!status.startsWith('HTTP/')) return toBanner(bytes);
  const server = headers.find((header) => /^server:/i.test(header))?.slice('server:'.length);
  return toPrintableLine(server ? `${status}, ${server.trim()}` : status);
}

/** Printable ASCII on one line, at most 120 characters. */
export const toPrintableLine = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, MAX_BANNER)
    .trimEnd();

const SIGNATURES: readonly [RegExp, string][] = [
  [/^SSH-/, 'ssh'],
  [/^HTTP\//, 'http'],
  [/^RTSP\//, 'rtsp'],
  [/^220[ -].*(ftp|filezilla)/i, 'ftp'],
  [/^220[ -].*(smtp|mail|postfix|exim|sendmail)/i, 'smtp'],
  [/^\+OK/, 'pop3'],
  [/^\* (OK|PREAUTH)/, 'imap'],
  [/^RFB \d{3}\./, 'vnc'],
  [/^AMQP/, 'amqp'],
  [/^(-ERR|-NOAUTH|-DENIED)/, 'redis'],
  [/^@RSYNCD:/, 'rsync'],
  [/^(20[01]) .*(nntp|news)/i, 'nntp'],
  [/^INFO \{.*"server_id"/, 'nats'],
  [/mysql|mariadb/i, 'mysql'],
];

/** The service of a port: recognised by its banner, else guessed from its number, else `unknown`. */
export function toServiceName(port: number, banner: string): string {
  const recognised = SIGNATURES.find(([pattern]) => pattern.test(banner))?.[1];
  const guessed = WELL_KNOWN_PORTS.get(port);
  // The name of an HTTP port says more than `http`: kibana, consul.
  if (recognised === 'http' && speaksHttp(port)) return guessed!;
  return recognised ?? guessed ?? 'unknown';
}

/** One entry of `scan_result.services`: `22/tcp ssh SSH-2.0-OpenSSH_9.2`. */
export const toService = (port: number, banner: string): string =>
  [`${port}/tcp`, toServiceName(port, banner), banner].filter(Boolean).join(' ');
