import { type Refusal, toRefusal } from '@cyberstroll/contracts';
import type { ProxyTrust } from './client-address';
import { type Credential, findCredential } from './credential';
import { type Asked, isAllowedOrigin, isOfOwnPage } from './origin';

/**
 * By which credential a client may open a WebSocket; the credential itself is checked later. Browsers let a page of any
 * site connect, so the page must be of this origin or of an allowed one. A browser adds the cookie to the upgrade of
 * any page, so a session counts only from a page of this origin.
 */
export function authorizeUpgrade(
  request: Asked,
  ticket: string | undefined,
  { isTrusted, allowedOrigins }: { isTrusted: ProxyTrust; allowedOrigins: readonly string[] },
): Credential | Refusal {
  const { origin } = request.headers;
  const isOwn = isOfOwnPage(request, isTrusted);
  if (origin !== undefined && !isOwn && !isAllowedOrigin(origin, allowedOrigins))
    return toRefusal('origin_not_allowed');
  const credential = findCredential(request.headers, ticket);
  if (credential?.kind === 'session' && !isOwn) return toRefusal('cross_site_request');
  if (credential?.secret) return credential;
  return toRefusal('unauthorised', {
    detail: 'send Authorization: Bearer <key>, or ?ticket= from POST /api/tasks/{task_id}/ticket or POST /api/tickets',
  });
}
