import type { LeaseStore } from '@cyberstroll/store';
import { createTaskLeases } from '../src/adapters/task-leases';

const TTL_MS = 10_000;
const MINE = ['a', 'b', 'c'];

/** Leases of a store that gives all but `x` to us, and takes `answerMs` for each answer. */
function setup({ answerMs = 0 } = {}) {
  const asked: (readonly string[])[] = [];
  const released: (readonly string[])[] = [];
  const store: Pick<LeaseStore, 'acquireAll' | 'releaseAll'> = {
    async acquireAll(names) {
      asked.push(names.map((name) => name.replace('dispatch:', '')));
      jest.advanceTimersByTime(answerMs);
      return new Set(names.filter((name) => name !== 'dispatch:x'));
    },
    async releaseAll(names) {
      released.push(names);
    },
  };
  return { asked, released, leases: createTaskLeases(store as LeaseStore, { ttlMs: TTL_MS }) };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('asks for all together, and again for all when one falls due', async () => {
  const { asked, leases } = setup();
  expect(await leases.hold(MINE)).toEqual(new Set(MINE));
  jest.advanceTimersByTime(2_000);
  expect(await leases.hold(['c', 'd'])).toEqual(new Set(['c', 'd']));
  expect(await leases.hold(MINE)).toEqual(new Set(MINE));
  expect(asked).toEqual([MINE, ['c', 'd']]);
  jest.advanceTimersByTime(1_100);
  expect(await leases.hold(MINE)).toEqual(new Set(MINE));
  expect(asked).toEqual([MINE, ['c', 'd'], MINE]);
  expect(leases.countMine()).toBe(4);
});

it('asks for another replica’s sooner', async () => {
  const { asked, leases } = setup();
  for (let times = 0; times < 4; times++) {
    expect(await leases.hold(['x'])).toEqual(new Set());
    jest.advanceTimersByTime(600);
  }
  expect(asked).toEqual([['x'], ['x']]);
  expect(leases.countMine()).toBe(0);
});

it('counts what is left of a lease from before it asked, less a tenth', async () => {
  const { leases } = setup({ answerMs: 3_000 });
  await leases.hold(['a', 'x']);
  expect(leases.leftMs('a')).toBe(6_000);
  jest.advanceTimersByTime(7_000);
  expect(leases.leftMs('a')).toBe(-1_000);
  expect([leases.leftMs('x'), leases.leftMs('unknown')]).toEqual([0, 0]);
});

it('releases what is its own together when it stops', async () => {
  const { released, leases } = setup();
  await leases.start();
  await leases.hold([...MINE, 'x']);
  await leases.stop();
  expect(released).toEqual([MINE.map((taskId) => `dispatch:${taskId}`)]);
});
