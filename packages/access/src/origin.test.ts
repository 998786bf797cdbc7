import { parseProxyTrust } from './client-address';
import { findOwnOrigin, isForeignCommand, isOfOwnPage } from './origin';

const request = (headers: Record<string, string>) => ({
  headers: { host: 'scan.example', ...headers },
  socket: { remoteAddress: '10.0.0.1' },
});
const nobody = parseProxyTrust('0');
const proxy = parseProxyTrust('10.0.0.0/8');
const FORWARDED = { 'x-forwarded-host': 'outside.example', 'x-forwarded-proto': 'https' };

it.each([
  [{}, nobody, 'http://scan.example'],
  [{ host: 'scan.example:80' }, nobody, 'http://scan.example'],
  [{ host: 'SCAN.example:8080' }, nobody, 'http://scan.example:8080'],
  [{ host: '[::1]:8080' }, nobody, 'http://[::1]:8080'],
  [FORWARDED, nobody, 'http://scan.example'],
  [FORWARDED, proxy, 'https://outside.example'],
  [{ 'x-forwarded-proto': 'https, http' }, proxy, 'https://scan.example'],
  [{ 'x-forwarded-proto': 'wss' }, proxy, 'https://scan.example'],
  [{ host: 'scan.example:443', 'x-forwarded-proto': 'https' }, proxy, 'https://scan.example'],
  [{ host: '' }, nobody, undefined],
  [{ host: 'evil@scan.example' }, nobody, undefined],
  [{ host: 'scan.example:x' }, nobody, undefined],
])('the own origin of %j', (headers, isTrusted, origin) => {
  expect(findOwnOrigin(request(headers as Record<string, string>), isTrusted)).toBe(origin);
});

it('a page is known by its Origin alone', () => {
  expect(isOfOwnPage(request({ 'sec-fetch-site': 'same-origin' }), nobody)).toBe(false);
  expect(isOfOwnPage(request({ origin: 'https://outside.example', ...FORWARDED }), proxy)).toBe(true);
});

it.each([
  ['GET', {}, false],
  ['HEAD', { 'sec-fetch-site': 'cross-site' }, false],
  ['POST', {}, true],
  ['POST', { origin: 'null' }, true],
  ['POST', { origin: '' }, true],
  ['POST', { origin: 'http://scan.example' }, false],
  ['POST', { origin: 'https://scan.example' }, true],
  ['POST', { origin: 'http://scan.example:8080' }, true],
  ['DELETE', { origin: 'http://scan.example.evil' }, true],
  ['POST', { origin: 'http://evil.example', 'x-forwarded-host': 'evil.example' }, true],
  ['POST', { 'sec-fetch-site': 'same-origin' }, false],
  ['PATCH', { 'sec-fetch-site': 'same-site', origin: 'http://scan.example' }, true],
  ['POST', { 'sec-fetch-site': 'cross-site' }, true],
  ['POST', { 'sec-fetch-site': 'none' }, true],
])('%s by cookie with %j may be of another site: %s', (method, headers, isForeign) => {
  expect(isForeignCommand({ method, ...request(headers as Record<string, string>) }, nobody)).toBe(isForeign);
});
