import { toPrefetch } from './to-prefetch';

it.each([
  [0, 1],
  [1, 1],
  [7, 1],
  [8, 2],
  [100, 16],
  [1_000, 128],
  [1_000_000, 256],
])('of %i nodes a replica holds %i heartbeats at most', (nodes, prefetch) => {
  expect(toPrefetch(nodes)).toBe(prefetch);
});
