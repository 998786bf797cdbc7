import { type RetryRoom, toRetryRoom } from './retry-room';

/** Passes over a fleet of 100 slots that takes `taken` retries between two of them, while `due` are left. */
function simulate({ taken, due, passes }: { taken: number; due: number; passes: number }): number[] {
  let room: RetryRoom | undefined;
  let left = due;
  let waiting = 0;
  return Array.from({ length: passes }, () => {
    waiting = Math.max(0, waiting - taken);
    room = toRetryRoom(room, { capacity: 100, waiting });
    const sent = Math.min(left, Math.max(0, room.allowed - waiting));
    left -= sent;
    waiting += sent;
    room = { ...room, isFull: waiting >= room.allowed };
    return room.allowed;
  });
}

it.each([
  ['takes none', 0],
  ['takes some', 20],
])('allows as many as the nodes scan at once while the fleet %s', (_, taken) => {
  expect(new Set(simulate({ taken, due: 1_000_000, passes: 50 }))).toEqual(new Set([100]));
});

it('allows a quick fleet twice as many each time that it took most of them', () => {
  const allowed = simulate({ taken: 1_000, due: 1_000_000, passes: 20 });
  expect(allowed.slice(0, 5)).toEqual([100, 200, 400, 800, 1_600]);
  // No more than twice of what it takes.
  expect(Math.max(...allowed)).toBe(1_600);
  expect(Math.max(...simulate({ taken: 1_000_000, due: 10_000_000, passes: 50 }))).toBe(20_000);
});

it('allows fewer again when fewer wait', () => {
  expect(simulate({ taken: 1_000, due: 3_000, passes: 12 }).at(-1)).toBe(100);
});
