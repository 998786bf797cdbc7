import { toNetwork } from './network';
import { TargetError } from './target-error';

it.each([
  ['10.0.0.1', '10.0.0.1'],
  ['10.0.0.5/24', '10.0.0.0/24'],
  ['10.0.0.5/32', '10.0.0.5'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8:0::1', '2001:db8::1'],
  ['2001:db8::1/64', '2001:db8::/64'],
  // The mapped addresses in it are no targets. It is one network all the same.
  ['::1/64', '::/64'],
])('of one address or network, %j is canonical as %j', (text, canonical) => {
  expect(toNetwork(text)).toBe(canonical);
  expect(toNetwork(canonical)).toBe(canonical);
});

it.each([
  ['::ffff:127.0.0.1', 'ipv4-mapped'],
  ['::FFFF:7f00:1', 'ipv4-mapped'],
  ['0:0:0:0:0:ffff:7f00:1/128', 'ipv4-mapped'],
  ['::ffff:0:0/96', 'ipv4-mapped'],
  ['10.0.0.1-5', 'malformed'],
  ['10.0.0.1,10.0.0.2', 'malformed'],
  ['10.0.0.1 ', 'malformed'],
  ['10.0.0.0/33', 'prefix'],
  ['', 'malformed'],
])('refuses %j as %s', (text, reason) => {
  expect(() => toNetwork(text)).toThrow(TargetError);
  expect(() => toNetwork(text)).toThrow(expect.objectContaining({ reason }));
});
