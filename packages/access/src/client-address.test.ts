import { findClientAddress, parseProxyTrust } from './client-address';

const find = (trust: string, peer: string, forwarded?: string) =>
  findClientAddress(
    { socket: { remoteAddress: peer }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } },
    parseProxyTrust(trust),
  );

it.each([
  ['0', '10.0.0.1', '1.1.1.1', '10.0.0.1'],
  ['1', '10.0.0.1', undefined, '10.0.0.1'],
  ['1', '10.0.0.1', '9.9.9.9, 1.1.1.1', '1.1.1.1'],
  ['2', '10.0.0.1', '9.9.9.9, 1.1.1.1, 10.0.0.2', '1.1.1.1'],
  ['9', '10.0.0.1', '1.1.1.1, 10.0.0.2', '1.1.1.1'],
  ['10.0.0.0/8', '10.0.0.1', '9.9.9.9,1.1.1.1,10.9.0.2', '1.1.1.1'],
  ['10.0.0.0/8', '11.0.0.1', '1.1.1.1', '11.0.0.1'],
  ['10.0.0.0/8', '::ffff:10.0.0.1', '1.1.1.1', '1.1.1.1'],
  ['fd00::/8, 127.0.0.1', 'fd00::7', '1.1.1.1, 127.0.0.1', '1.1.1.1'],
  ['10.0.0.0/8', '10.0.0.1', 'what is this', 'what is this'],
])('trusting %s, peer %s with %j is %s', (trust, peer, forwarded, client) => {
  expect(find(trust, peer, forwarded)).toBe(client);
});

it.each([
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:0:1::7', '2001:db8:0:1::/64'],
  ['2001:db8::1:2:3:4:5', '2001:db8:0:1::/64'],
  ['2001:0db8:0000:0001:a:b:c:d', '2001:db8:0:1::/64'],
])('counts %s as %s', (peer, network) => {
  expect(find('0', peer)).toBe(network);
});

it.each(['yes', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/', 'fd00::/129', '10.0.0.1,', '-1'])('refuses %j', (text) => {
  expect(() => parseProxyTrust(text)).toThrow(RangeError);
});
