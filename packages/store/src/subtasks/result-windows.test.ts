import { fromAddressPosition, LAST_ADDRESS, toAddressPosition, toNextWidth, toWindow } from './result-windows';

it.each([
  ['nothing', 1_000n, 0, 64_000n],
  ['few', 1_000n, 1, 64_000n],
  ['half of the aim', 1_000n, 20_000, 2_000n],
  ['the aim', 1_000n, 40_000, 1_000n],
  ['far too many', 1_000n, 4_000_000, 15n],
  ['many at one position', 1n, 100_000, 1n],
])('after %s the next window fits', (_name, width, count, next) => {
  expect(toNextWidth(width, count)).toBe(next);
});

it('a window ends where its range does', () => {
  expect(toWindow({ first: 5n, last: 100n }, 10n)).toEqual({ first: 5n, last: 14n });
  expect(toWindow({ first: 5n, last: 9n }, 10n)).toEqual({ first: 5n, last: 9n });
});

it.each(['400000000', '4ffffffff', `6${'0'.repeat(32)}`, `6${'f'.repeat(32)}`])('%s has a position', (key) => {
  expect(fromAddressPosition(toAddressPosition(key))).toBe(key);
});

it('the positions of addresses have no gap, and IPv6 comes after IPv4', () => {
  expect(toAddressPosition(`6${'0'.repeat(32)}`) - toAddressPosition('4ffffffff')).toBe(1n);
  expect(toAddressPosition(`6${'f'.repeat(32)}`)).toBe(LAST_ADDRESS);
});
