import type { LeaseStore } from '@cyberstroll/store';
import { createTaskLeases } from '../src/adapters/task-leases';

const TTL_MS = 10_000;
const MINE = ['a', 'b', 'c'];

/** Leases of a store that gives all but `x` to us, and takes `answerMs` for each answer. */
function setup({ answerMs = 0 } = {}) {
  const asked: (readonly string[])[] = [];
  const renewed: (readonly string[])[] = [];
  const released: (readonly string[])[] = [];
  const store: Pick<LeaseStore, 'acquireAll' | 'renewAll' | 'releaseAll'> = {
    async acquireAll(names) {
      asked.push(names.map((name) => name.replace('dispatch:', '')));
      jest.advanceTimersByTime(answerMs);
      return new Set(names.filter((name) => name !== 'dispatch:x'));
    },
    async renewAll(names) {
      renewed.push(names.map((name) => name.replace('dispatch:', '')));
      return true;
    },
    async releaseAll(names) {
      released.push(names);
    },
  };
  return { asked, renewed, released, leases: createTaskLeases(store as LeaseStore, { ttlMs: TTL_MS }) };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('asks for all together, and renews all of its own when one falls due', async () => {
  const { asked, renewed, leases } = setup();
  expect(await leases.hold(MINE)).toEqual(new Set(MINE));
  jest.advanceTimersByTime(2_000);
  expect(await leases.hold(['c', 'd'])).toEqual(new Set(['c', 'd']));
  expect(await leases.hold(MINE)).toEqual(new Set(MINE));
  jest.advanceTimersByTime(1_100);
  expect(await leases.hold(['d', ...MINE])).toEqual(new Set(['d', ...MINE]));
  expect([asked, renewed]).toEqual([[MINE, ['d']], [['d', ...MINE]]]);
  expect(leases.countMine()).toBe(4);
});

it('asks for another replica’s sooner, and renews its own no sooner for it', async () => {
  const { asked, renewed, leases } = setup();
  for (let times = 0; times < 4; times++) {
    expect(await leases.hold(['a', 'x'])).toEqual(new Set(['a']));
    jest.advanceTimersByTime(600);
  }
  expect([asked, renewed]).toEqual([[['a', 'x'], ['x']], []]);
  expect(leases.countMine()).toBe(1);
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
