import { SESSION_COOKIE } from '@cyberstroll/contracts';
import { parseProxyTrust } from './client-address';
import { authorizeUpgrade } from './upgrade';

const SECRET = 'a'.repeat(43);
const KEY = { 'x-api-key': 'k' };
const COOKIE = { cookie: `${SESSION_COOKIE}=${SECRET}` };
const OWN = { origin: 'http://own.example' };
const ALLOWED = { origin: 'https://ui.example' };
const FOREIGN = { origin: 'https://ui.example.evil' };
const rules = { isTrusted: parseProxyTrust('0'), allowedOrigins: [ALLOWED.origin] };

const byKey = { kind: 'key', secret: 'k' };
const byTicket = { kind: 'ticket', secret: 't' };
const bySession = { kind: 'session', secret: SECRET };
const none = { status: 401, code: 'unauthorised' };
const foreign = { status: 403, code: 'origin_not_allowed' };
const crossSite = { status: 403, code: 'cross_site_request' };

it.each<[Record<string, string>, string | undefined, object]>([
  [KEY, undefined, byKey],
  [{ ...KEY, ...OWN }, undefined, byKey],
  [{ ...KEY, ...ALLOWED }, undefined, byKey],
  [{ ...KEY, ...FOREIGN }, undefined, foreign],
  [{ ...KEY, origin: 'null' }, undefined, foreign],
  [{ ...KEY, ...COOKIE, ...OWN }, 't', byKey],
  [{ 'x-api-key': '', ...COOKIE, ...OWN }, 't', none],
  [{}, 't', byTicket],
  [OWN, 't', byTicket],
  [ALLOWED, 't', byTicket],
  [FOREIGN, 't', foreign],
  [{ ...COOKIE, ...OWN }, 't', byTicket],
  [{ ...COOKIE, ...OWN }, undefined, bySession],
  [{ ...COOKIE, ...OWN }, '', bySession],
  [COOKIE, undefined, crossSite],
  [{ ...COOKIE, ...ALLOWED }, undefined, crossSite],
  [{ ...COOKIE, ...FOREIGN }, undefined, foreign],
  [{ ...COOKIE, origin: 'null' }, undefined, foreign],
  [{}, undefined, none],
  [{}, '', none],
  [FOREIGN, undefined, foreign],
])('an upgrade with %j and the ticket %j', (headers, ticket, verdict) => {
  const request = { headers: { host: 'own.example', ...headers }, socket: { remoteAddress: '10.0.0.1' } };
  expect(authorizeUpgrade(request, ticket, rules)).toMatchObject(verdict);
});
