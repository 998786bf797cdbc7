import { speaksHttp, WELL_KNOWN_PORTS } from './well-known-ports';

/**
 * What a port said of itself. It is hostile text: only printable ASCII of its first line is kept, and not much of that, so
 * that no terminal and no page that shows it can be steered by it.
 */
const MAX_BANNER = 120;
/** Bytes that are looked at. */
export const MAX_BANNER_BYTES = 4_096;

/** The first line that says anything, printable and at most 120 characters; '' where there is none. */
export function toBanner(bytes: Buffer): string {
  for (const line of bytes
    .subarray(0, MAX_BANNER_BYTES)
    .toString('latin1')
    .split(/[\r\n]/)) {
    const text = toPrintable(line);
    if (text !== '') return text;
  }
  return '';
}

/** An HTTP answer's status line, and its Server header where it has one: `HTTP/1.1 200 OK, nginx`. */
export function toHttpBanner(bytes: Buffer): string {
  const [status = '', ...headers] = bytes.subarray(0, MAX_BANNER_BYTES).toString('latin1').split(/\r?\n/);
  if (!status.startsWith('HTTP/')) return toBanner(bytes);
  const server = headers.find((header) => /^server:/i.test(header))?.slice('server:'.length);
  return toPrintable(server ? `${status}, ${server.trim()}` : status);
}

const toPrintable = (text: string): string =>
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

/** What serves a port: told by its banner, else guessed from its number; `unknown` where neither says anything. */
export function toServiceName(port: number, banner: string): string {
  const told = SIGNATURES.find(([pattern]) => pattern.test(banner))?.[1];
  const guessed = WELL_KNOWN_PORTS.get(port);
  // An HTTP answer on a port with a more telling name does not make the name less true.
  if (told === 'http' && speaksHttp(port)) return guessed!;
  return told ?? guessed ?? 'unknown';
}

/** One entry of `scan_result.services`: `22/tcp ssh SSH-2.0-OpenSSH_9.2`. */
export const toService = (port: number, banner: string): string =>
  [`${port}/tcp`, toServiceName(port, banner), banner].filter(Boolean).join(' ');
