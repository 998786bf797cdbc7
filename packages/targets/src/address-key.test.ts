import fc from 'fast-check';
import { formatIpv4, formatIpv6, isMapped } from './address';
import { findKeyRange, toAddressKey } from './address-key';
import { parseTargets } from './parse-targets';

const ipv4 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const ipv6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).filter((value) => !isMapped(value));

it('keys sort as the addresses do, IPv4 before IPv6', () => {
  const sorted = [4, 6].map((family) => (family === 4 ? ['9.0.0.1', '10.0.0.2', '10.0.0.10'] : ['::2', '::10', 'a::']));
  const keys = sorted.flat().map(toAddressKey);
  expect(keys.toSorted()).toEqual(keys);
  fc.assert(fc.property(ipv4, ipv4, (a, b) => toAddressKey(formatIpv4(a)) < toAddressKey(formatIpv4(b)) === a < b));
  fc.assert(fc.property(ipv6, ipv6, (a, b) => toAddressKey(formatIpv6(a)) < toAddressKey(formatIpv6(b)) === a < b));
});

it('an address lies in the key range of a network exactly if it is a member', () => {
  const isInRange = (address: string, { first, last }: { first: string; last: string }) =>
    first <= toAddressKey(address) && toAddressKey(address) <= last;
  fc.assert(
    fc.property(ipv4, fc.integer({ min: 0, max: 32 }), ipv4, (base, prefix, other) => {
      const network = `${formatIpv4(base)}/${prefix}`;
      const near = formatIpv4((base ^ (other >>> Math.max(0, prefix - 1))) >>> 0);
      return isInRange(near, findKeyRange(network)!) === parseTargets(network).has(near);
    }),
  );
  fc.assert(
    fc.property(ipv6, fc.integer({ min: 0, max: 128 }), ipv6, (base, prefix, other) => {
      const network = `${formatIpv6(base)}/${prefix}`;
      const near = base ^ (other >> BigInt(Math.max(0, prefix - 1)));
      if (isMapped(near)) return true;
      return isInRange(formatIpv6(near), findKeyRange(network)!) === parseTargets(network).has(formatIpv6(near));
    }),
  );
});

it('text that is no address has no key, and no network has it', () => {
  expect(toAddressKey('host')).toBe('');
  expect(findKeyRange('::ffff:10.0.0.1')).toBeUndefined();
  expect(findKeyRange('10.0.0.0/33')).toBeUndefined();
});
