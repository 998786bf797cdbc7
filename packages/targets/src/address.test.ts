import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { formatIpv4, formatIpv6, parseAddress, parseIpv4, parseIpv6 } from './address';

const ipv4Like = fc.string({ unit: fc.constantFrom('0', '1', '2', '5', '9', '.', 'x', '-'), maxLength: 17 });
const ipv4Octets = fc.array(fc.oneof(fc.nat({ max: 300 }).map(String), fc.constantFrom('00', '01', '')), {
  maxLength: 5,
});
const ipv6Like = fc.string({ unit: fc.constantFrom('0', '1', 'f', 'A', 'g', ':', ':', ':', '.', '%'), maxLength: 24 });
const ipv6Groups = fc
  .array(fc.constantFrom('0', 'ffff', '1', '00a', '', '12345', '1.2.3.4', '01.2.3.4'), { maxLength: 10 })
  .map((groups) => groups.join(':'));

it('IPv4 text is read exactly where the platform calls it valid', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        ipv4Like,
        ipv4Octets.map((octets) => octets.join('.')),
      ),
      (text) => {
        expect(parseIpv4(text) !== undefined).toBe(isIPv4(text));
      },
    ),
    { numRuns: 2000 },
  );
});

it('IPv6 text is read exactly where the platform calls it valid, zones aside', () => {
  fc.assert(
    fc.property(fc.oneof(ipv6Like, ipv6Groups), (text) => {
      expect(parseIpv6(text) !== undefined).toBe(isIPv6(text) && !text.includes('%'));
    }),
    { numRuns: 2000 },
  );
});

it('what is formatted is read back as the same value', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (ipv4, ipv6) => {
      expect(parseIpv4(formatIpv4(ipv4))).toBe(ipv4);
      expect(parseIpv6(formatIpv6(ipv6))).toBe(ipv6);
    }),
  );
});

it.each([
  ['0:0:0:0:0:0:0:0', '::'],
  ['::0001', '::1'],
  ['2001:DB8::A', '2001:db8::a'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ['::1.2.3.4', '::102:304'],
])('IPv6 %s is written %s', (text, canonical) => {
  expect(formatIpv6(parseIpv6(text)!)).toBe(canonical);
});

it.each(['::ffff:127.0.0.1', '::FFFF:7f00:1', '0:0:0:0:0:ffff:127.0.0.1', '::ffff:0:0', '::ffff:255.255.255.255'])(
  'the mapped address %s is no address',
  (text) => {
    expect(isIPv6(text)).toBe(true);
    expect(parseAddress(text)).toBeUndefined();
  },
);
