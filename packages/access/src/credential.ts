import type { IncomingHttpHeaders } from 'node:http';
import { SESSION_COOKIE } from '@cyberstroll/contracts';

/** What a request shows of who calls. */
export interface Credential {
  kind: 'key' | 'ticket' | 'session';
  secret: string;
}

/** An API key counts before a ticket, and a ticket before a session: a browser adds the cookie to every request. */
export function findCredential(headers: IncomingHttpHeaders, ticket?: string): Credential | undefined {
  const key = findApiKey(headers);
  if (key !== undefined) return { kind: 'key', secret: key };
  if (ticket) return { kind: 'ticket', secret: ticket };
  const session = findSessionSecret(headers);
  return session === undefined ? undefined : { kind: 'session', secret: session };
}

/** Why a credential of this kind is refused. */
export const NOT_VALID: Readonly<Record<Credential['kind'], string>> = {
  key: 'the API key is unknown, revoked or expired',
  ticket: 'the ticket was used before, has expired, is for something else, or its key has ended',
  session: 'the session has ended; log in again',
};

/** The secret of a request: `Authorization: Bearer <secret>`, else `X-API-Key`. */
export function findApiKey(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +([^\s]+) *$/i.exec(headers.authorization ?? '')?.[1];
  const header = headers['x-api-key'];
  return bearer ?? (typeof header === 'string' ? header : undefined);
}

/** The secret of the session cookie. Anything else is no session. */
const findSessionSecret = ({ cookie = '' }: IncomingHttpHeaders): string | undefined => SESSION.exec(cookie)?.[1];
const SESSION = new RegExp(`(?:^|;) *${SESSION_COOKIE}=([\\w-]{43})(?:;|$)`);
