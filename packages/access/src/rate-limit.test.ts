import { createRateLimit } from './rate-limit';

it('lets `limit` of each through, and forgets them with the window', () => {
  const limit = createRateLimit({ limit: 2, windowMs: 60_000 });
  expect([limit.take('a', 0), limit.take('a', 1), limit.take('b', 1)]).toEqual([undefined, undefined, undefined]);
  expect(limit.take('a', 20_500)).toBe(40);
  expect(limit.take('b', 59_999)).toBeUndefined();
  expect(limit.take('a', 60_000)).toBeUndefined();
});

it('counts what a call costs, accepts it while anything is left, and takes another limit for one', () => {
  const limit = createRateLimit({ limit: 10, windowMs: 60_000 });
  expect(limit.spend('a', 0, { cost: 9 })).toEqual({ isAccepted: true, left: 1, seconds: 60 });
  expect(limit.spend('a', 500, { cost: 300 })).toEqual({ isAccepted: true, left: 0, seconds: 60 });
  expect(limit.spend('a', 30_000)).toEqual({ isAccepted: false, left: 0, seconds: 30 });
  expect(limit.spend('b', 30_000, { cost: 300, limit: 1_000 }).left).toBe(700);
  expect(limit.spend('a', 60_000).left).toBe(9);
});
