import fc from 'fast-check';
import { toAddressKey } from './address-key';
import { IntervalCollector } from './interval';
import { toKeyRanges } from './key-ranges';
import { parseTargets } from './parse-targets';

const rangesOf = (text: string, max?: number) =>
  toKeyRanges(parseTargets(text).intervals, max).map(({ first, last }) => `${first}-${last}`);

it('merges targets to ascending ranges, IPv4 before IPv6', () => {
  expect(rangesOf('::5, 10.0.1.0/24, 10.0.0.0/24, 10.0.0.7, 192.0.2.1')).toEqual([
    '40a000000-40a0001ff',
    '4c0000201-4c0000201',
    `6${'5'.padStart(32, '0')}-6${'5'.padStart(32, '0')}`,
  ]);
});

it('joins the ranges with the smallest gaps between them, never across families', () => {
  const text = '10.0.0.1, 10.0.0.3, 10.0.0.9, 10.0.1.0, ::1, ::3';
  expect(rangesOf(text, 4)).toEqual([
    '40a000001-40a000003',
    '40a000009-40a000009',
    '40a000100-40a000100',
    `6${'1'.padStart(32, '0')}-6${'3'.padStart(32, '0')}`,
  ]);
  expect(rangesOf(text, 2)).toEqual(['40a000001-40a000100', `6${'1'.padStart(32, '0')}-6${'3'.padStart(32, '0')}`]);
});

it('every target lies in a range; without joins nothing else does', () => {
  const small = fc.integer({ min: 0, max: 60 });
  fc.assert(
    fc.property(fc.array(small, { minLength: 1, maxLength: 30 }), fc.integer({ min: 2, max: 8 }), (last, max) => {
      const set = parseTargets(last.map((n) => `10.0.0.${n}`).join());
      const ranges = toKeyRanges(set.intervals, max);
      const keys = ranges.flatMap(({ first, last: end }) => [first, end]);
      expect(keys.toSorted()).toEqual(keys);
      expect(ranges).toHaveLength(Math.min(max, set.intervals.length));
      for (let n = 0; n <= 60; n++) {
        const key = toAddressKey(`10.0.0.${n}`);
        const isIn = ranges.some((range) => range.first <= key && key <= range.last);
        if (set.has(`10.0.0.${n}`)) expect(isIn).toBe(true);
        else if (set.intervals.length <= max) expect(isIn).toBe(false);
      }
    }),
  );
});

it('joins 100,000 scattered targets, with gaps that grow, to 64 ranges', () => {
  const collector = new IntervalCollector();
  for (let n = 0; n < 100_000; n++)
    collector.addIpv6(BigInt(n) * BigInt(n) + (1n << 64n), BigInt(n) * BigInt(n) + (1n << 64n));
  const intervals = collector.merge();
  expect(toKeyRanges(intervals)).toHaveLength(64);
});
