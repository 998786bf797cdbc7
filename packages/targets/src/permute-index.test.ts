import fc from 'fast-check';
import { createPermutation } from './permute-index';

const permuteIndex = (index: number, count: number, seed: number) => createPermutation(count, seed).permute(index);
const unpermuteIndex = (position: number, count: number, seed: number) =>
  createPermutation(count, seed).unpermute(position);

const seeds = fc.oneof(fc.integer(), fc.maxSafeInteger());
const smallCounts = fc.oneof(
  fc.integer({ min: 1, max: 2000 }),
  fc.constantFrom(1, 2, 3, 4, 7, 251, 256, 997, 1021, 1024),
);
const largeCounts = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 32 }),
  fc.constantFrom(2 ** 24, 2 ** 26, 2 ** 26 + 1, 2 ** 31, 2 ** 32 - 5, 2 ** 32 - 1, 2 ** 32),
);

it('every position of a small count is taken once, and leads back to its index', () => {
  fc.assert(
    fc.property(smallCounts, seeds, (count, seed) => {
      const indexes = Array.from({ length: count }, (_, index) => index);
      const positions = indexes.map((index) => permuteIndex(index, count, seed));
      expect(positions.map((position) => unpermuteIndex(position, count, seed))).toEqual(indexes);
      expect(positions.sort((a, b) => a - b)).toEqual(indexes);
    }),
    { numRuns: 50 },
  );
});

it('inverse in both directions, up to 2^32', () => {
  fc.assert(
    fc.property(
      largeCounts,
      seeds,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (count, seed, at) => {
        for (const n of [0, Math.floor(at * count), count - 1]) {
          expect(unpermuteIndex(permuteIndex(n, count, seed), count, seed)).toBe(n);
          expect(permuteIndex(unpermuteIndex(n, count, seed), count, seed)).toBe(n);
        }
      },
    ),
    { numRuns: 500 },
  );
});

it('the order is affine with a stride coprime to the count, exactly, up to 2^32', () => {
  fc.assert(
    fc.property(
      largeCounts,
      seeds,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (count, seed, at) => {
        fc.pre(count > 1);
        const { permute } = createPermutation(count, seed);
        const [offset, next] = [BigInt(permute(0)), BigInt(permute(1))];
        const index = Math.floor(at * count);
        const modulus = BigInt(count);
        expect(BigInt(permute(index))).toBe(
          ((((next - offset) * BigInt(index) + offset) % modulus) + modulus) % modulus,
        );
      },
    ),
    { numRuns: 500 },
  );
});

it('any few consecutive indexes land far apart', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4096, max: 2 ** 32 }), seeds, fc.integer({ min: 2, max: 16 }), (count, seed, few) => {
      const positions = Array.from({ length: few }, (_, i) => permuteIndex(i, count, seed)).sort((a, b) => a - b);
      const gaps = positions.map((position, i) => (positions[i + 1] ?? positions[0]! + count) - position);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(count / few / 4);
    }),
    { numRuns: 500 },
  );
});

it('each seed gives another permutation', () => {
  const starts = Array.from(
    { length: 100 },
    (_, seed) => `${permuteIndex(0, 65_536, seed)} ${permuteIndex(1, 65_536, seed)}`,
  );
  expect(new Set(starts).size).toBe(100);
});

it('the order never changes: stored tasks depend on it', () => {
  expect([0, 1, 2, 3, 4].map((index) => permuteIndex(index, 256, 1))).toEqual([238, 139, 40, 197, 98]);
  expect([0, 1, 65_535].map((index) => permuteIndex(index, 65_536, 123_456))).toEqual([46_963, 21_944, 6446]);
  expect([0, 1, 2 ** 32 - 1].map((index) => permuteIndex(index, 2 ** 32, -7))).toEqual([
    3_723_082_144, 2_082_550_675, 1_068_646_317,
  ]);
});

it.each([
  [0, 0, 1],
  [0, -1, 1],
  [0, 1.5, 1],
  [0, 2 ** 32 + 1, 1],
  [-1, 10, 1],
  [10, 10, 1],
  [0.5, 10, 1],
  [Number.NaN, 10, 1],
  [0, 10, 0.5],
  [0, 10, Number.NaN],
])('index %d of %d with seed %d is out of range', (index, count, seed) => {
  expect(() => permuteIndex(index, count, seed)).toThrow(RangeError);
  expect(() => unpermuteIndex(index, count, seed)).toThrow(RangeError);
});
