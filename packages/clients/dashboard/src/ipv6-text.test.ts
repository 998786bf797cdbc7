import { IPv6 as Standard } from 'ipaddr.js';
import { IPv6 } from './ipv6-text';

it.each([
  [[0, 0, 0, 0, 0, 0, 0, 0]],
  [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1]],
  [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1]],
  [[1, 0, 0, 2, 0, 0, 0, 3]],
  [[0, 0, 0, 0, 0, 0, 0, 1]],
  [[0xfe80, 0, 0, 0, 0xabcd, 0, 0, 0]],
])('writes %j as ipaddr.js does', (parts) => {
  expect(new IPv6(parts).toRFC5952String()).toBe(new Standard(parts).toRFC5952String());
});
