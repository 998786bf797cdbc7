import { parseAddress } from './address';
import { createNetworkTest, toPrefix } from './prefix';

const LENGTHS = { ipv4_length: 24, ipv6_length: 64 };
const toValue = (text: string) => parseAddress(text)!;

it.each([
  ['10.1.2.255', LENGTHS, '10.1.2.0/24'],
  ['255.255.255.255', { ...LENGTHS, ipv4_length: 8 }, '255.0.0.0/8'],
  ['10.1.2.3', { ...LENGTHS, ipv4_length: 32 }, '10.1.2.3/32'],
  ['2001:db8:0:7:8::1', LENGTHS, '2001:db8:0:7::/64'],
  ['2001:db8::1', { ...LENGTHS, ipv6_length: 128 }, '2001:db8::1/128'],
])('%s is in a prefix of its family', (address, lengths, expected) => {
  expect(toPrefix(toValue(address), lengths)).toBe(expected);
});

it.each([
  ['10.1.0.0/16', '10.1.255.255', true],
  ['10.1.0.0/16', '10.2.0.0', false],
  ['10.1.0.5', '10.1.0.5', true],
  ['::/64', '::ff', true],
  // Its value is within that network's.
  ['::/64', '0.0.0.1', false],
])('of %s, %s: %s', (network, address, expected) => {
  expect(createNetworkTest(network)(toValue(address))).toBe(expected);
});
