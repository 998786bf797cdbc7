import fc from 'fast-check';
import {
  appendTargets,
  createTargetIndex,
  formatMember,
  parseAddress,
  parseTargets,
  type TargetSegment,
  toAddressKey,
} from '../src';
import { samples } from './small-space';

const options = fc.record({ order: fc.constantFrom('permuted' as const, 'sequential' as const), seed: fc.integer() });
const additions = fc.array(fc.tuple(samples, options), { minLength: 1, maxLength: 3 });

it('positions number the targets by their addresses, and each range of them names its addresses and its indexes', () => {
  fc.assert(
    fc.property(additions, fc.nat(), fc.nat(), (added, a, b) => {
      let segments: TargetSegment[] = [];
      for (const [{ text }, how] of added) segments = appendTargets(segments, parseTargets(text), how);
      const index = createTargetIndex(segments);
      const addresses = segments.flatMap(({ targets }) => {
        const set = parseTargets(targets);
        return Array.from({ length: Number(set.count) }, (_, i) => set.member(i));
      });
      addresses.forEach((address, position) => {
        expect(index.member(index.toIndex(position))).toBe(address);
        expect(index.toPosition(index.toIndex(position))).toBe(position);
      });
      expect(() => index.toIndex(index.count)).toThrow(RangeError);

      // The segments together: places go by the address alone.
      const inOrder = [...addresses].sort((one, other) => (toAddressKey(one) < toAddressKey(other) ? -1 : 1));
      expect(inOrder.map((_, place) => index.member(index.atPlace(place)))).toEqual(inOrder);
      expect(inOrder.map((address) => index.toPlace(address))).toEqual(inOrder.map((_, place) => place));
      expect(() => index.atPlace(index.count)).toThrow(RangeError);

      const first = a % index.count;
      const count = 1 + (b % (index.count - first));
      const listed = index.toRanges(first, count).flatMap(([address, length]) => {
        const value = parseAddress(address)!;
        const family = typeof value === 'number' ? 4 : 6;
        return Array.from({ length }, (_, i) => formatMember(family, BigInt(value) + BigInt(i)));
      });
      expect(listed).toEqual(addresses.slice(first, first + count));

      const range = index.toIndexRange(first, first + count - 1);
      const indexes = listed.map((address) => index.indexOf(address));
      expect(range.first).toBeLessThanOrEqual(Math.min(...indexes));
      expect(range.last).toBeGreaterThanOrEqual(Math.max(...indexes));
      if (added.every(([, { order }]) => order === 'sequential')) expect(range.last - range.first).toBe(count - 1);
    }),
  );
});
