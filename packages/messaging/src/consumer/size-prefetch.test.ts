import { createSizePrefetch, type SizePrefetch } from './size-prefetch';

const create = (most = 1_000) => createSizePrefetch({ most, maxBytes: 8_000_000 });
const after = (prefetch: SizePrefetch, size: number, count = 1_000) => {
  for (let i = 0; i < count; i++) prefetch.note(size);
  return prefetch.present();
};

it('lets many small messages be held, and few large ones', () => {
  expect(create().present()).toBe(63);
  expect([500, 10_000, 150_000, 4_000_000].map((size) => after(create(), size))).toEqual([1_000, 500, 32, 4]);
  expect(after(create(8), 500)).toBe(8);
});

it('is not changed by one message of another size', () => {
  const prefetch = create();
  expect([after(prefetch, 30_000), after(prefetch, 500_000, 1)]).toEqual([250, 250]);
});

it('keeps its level while that takes little more than it may, and then takes a lower one', () => {
  const prefetch = create();
  const sizes = [120_000, 150_000, 170_000, 150_000, 120_000];
  expect(sizes.map((size) => after(prefetch, size))).toEqual([63, 63, 32, 32, 63]);
});
