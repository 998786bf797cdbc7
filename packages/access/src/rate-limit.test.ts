import { createRateLimit } from './rate-limit';

it('lets `limit` of each through, and forgets them with the window', () => {
  const limit = createRateLimit({ limit: 2, windowMs: 60_000 });
  expect([limit.take('a', 0), limit.take('a', 1), limit.take('b', 1)]).toEqual([undefined, undefined, undefined]);
  expect(limit.take('a', 20_500)).toBe(40);
  expect(limit.take('b', 59_999)).toBeUndefined();
  expect(limit.take('a', 60_000)).toBeUndefined();
});
