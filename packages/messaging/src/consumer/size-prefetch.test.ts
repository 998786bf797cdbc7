import { createSizePrefetch } from './size-prefetch';

const present = (sizes: number[], most = 1_000) => {
  const prefetch = createSizePrefetch({ most, maxBytes: 8_000_000 });
  for (const size of sizes) prefetch.note(size);
  return prefetch.present();
};
const many = (size: number) => Array.from({ length: 1_000 }, () => size);

it('lets many small messages be held, and few large ones', () => {
  expect([[], many(500), many(10_000), many(150_000), many(4_000_000)].map((sizes) => present(sizes))).toEqual([
    63, 1_000, 250, 16, 4,
  ]);
  expect(present(many(500), 8)).toBe(8);
});

it('is not changed by one message of another size', () => {
  expect(present([...many(30_000), 500_000])).toBe(63);
});
