import {
  createPace,
  fromAddressPosition,
  LAST_ADDRESS,
  toAddressPosition,
  toNextWidth,
  toWindow,
} from './result-windows';

it.each([
  ['nothing', 1_000n, 0, 4_000n],
  ['few', 1_000n, 1, 4_000n],
  ['half of the aim', 1_000n, 1_000, 2_000n],
  ['the aim', 1_000n, 2_000, 1_000n],
  ['far too many', 1_000n, 4_000_000, 15n],
  ['many at one position', 1n, 100_000, 1n],
])('after %s the next window fits', (_name, width, count, next) => {
  expect(toNextWidth(width, count)).toBe(next);
});

it('after a window that took too long the next is as wide as the one before it, and wider only later', () => {
  const pace = createPace(1_000n, 4_000);
  pace.noteFound(pace.width, 0, 1);
  expect(pace.noteTooSlow()).toBe(true);
  expect([pace.width, pace.withinMs]).toEqual([1_000n, 1_000]);
  const widths = Array.from({ length: 18 }, () => {
    pace.noteFound(pace.width, 0, 1);
    return pace.width;
  });
  expect(widths).toEqual([...Array(16).fill(1_000n), 4_000n, 16_000n]);
});

it('where narrow windows take as long, they get more time, up to an end', () => {
  const pace = createPace(16n, 4_000);
  const seen: unknown[] = [];
  while (pace.noteTooSlow()) seen.push([pace.width, pace.withinMs]);
  expect(seen).toEqual([
    [4n, 1_000],
    [2n, 2_000],
    [1n, 4_000],
  ]);
});

it.each([
  ['one that was answered too late, on a server that looks at the time only now and then', 10, 100, 4_000n],
  ['each, on a server that needs as long for any', 1_500, 0, 4_096_000n],
])('after %s, the next has the width that saves time', (_name, eachMs, perThousandMs, expected) => {
  const pace = createPace(1_000n, 4_000);
  for (let i = 0; i < 6; i++) pace.noteFound(pace.width, 0, eachMs + (Number(pace.width) / 1_000) * perThousandMs);
  expect(pace.width).toBe(expected);
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
