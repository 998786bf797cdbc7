import type { IncomingHttpHeaders } from 'node:http';
import type { ProxyTrust } from './client-address';

/** What is read of a request. */
export interface Asked {
  headers: IncomingHttpHeaders;
  socket: { remoteAddress?: string | undefined };
}

/**
 * The origin under which the client sees this service, such as `https://host`. Its host is that of the request; a
 * trusted proxy may name another one, and the protocol. Undefined if the host is not valid.
 */
export function findOwnOrigin({ headers, socket }: Asked, isTrusted: ProxyTrust): string | undefined {
  const forwarded = isTrusted(socket.remoteAddress ?? '', 0) ? headers : {};
  const host = firstOf(forwarded['x-forwarded-host']) ?? headers.host ?? '';
  const protocol = /^(https|wss)$/i.test(firstOf(forwarded['x-forwarded-proto']) ?? '') ? 'https' : 'http';
  if (!/^[^\s/?#@\\]+$/.test(host)) return undefined;
  try {
    // Leaves out the port that the protocol has anyway, as browsers do in `Origin`.
    return new URL(`${protocol}://${host}`).origin;
  } catch {
    return undefined;
  }
}

/** Whether a page of this very origin sent the request. Without `Origin` it did not: a WebSocket always has one. */
export function isOfOwnPage(request: Asked, isTrusted: ProxyTrust): boolean {
  const { origin } = request.headers;
  return origin !== undefined && origin === findOwnOrigin(request, isTrusted);
}

/**
 * Whether a browser says that a page of this very origin sent the request. `Sec-Fetch-Site` is the browser's own
 * verdict, which no page can change; browsers leave it out on pages that came by http.
 */
function isSameOrigin(request: Asked, isTrusted: ProxyTrust): boolean {
  const site = request.headers['sec-fetch-site'];
  return site === undefined ? isOfOwnPage(request, isTrusted) : site === 'same-origin';
}

/** These change nothing, and no other site reads their answers. */
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request by cookie may be a command of another site: a browser adds the cookie to whatever a page sends, so
 * a command must come from a page of this origin.
 */
export const isForeignCommand = (request: Asked & { method: string }, isTrusted: ProxyTrust): boolean =>
  !READS.has(request.method) && !isSameOrigin(request, isTrusted);

/** Whether the configuration lets pages of this origin in. */
export const isAllowedOrigin = (origin: string | undefined, allowed: readonly string[]): origin is string =>
  origin !== undefined && allowed.includes(origin);

/** The first proxy has named what the client saw; later ones append. */
const firstOf = (header: string | string[] | undefined): string | undefined =>
  String(header ?? '')
    .split(',')[0]!
    .trim() || undefined;
