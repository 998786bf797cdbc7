import { createTurns } from './turns';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Turns that last 20 ms, for `count` pieces of work. */
function setUp() {
  const begun: number[] = [];
  let left = 0;
  const turns = createTurns({
    isWanted: () => left > 0,
    async run() {
      left -= 1;
      begun.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
    toIntervalMs: (tookMs) => tookMs * 5,
  });
  const add = (count: number) => {
    left += count;
    turns.schedule();
  };
  return { turns, begun, add };
}

it('takes the first turn at once, and each other after its interval, while there is something to do', async () => {
  const { begun, add } = setUp();
  add(3);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(begun.map((at) => at - begun[0]!)).toEqual([0, 100, 200]);
  const now = performance.now();
  add(1);
  await jest.advanceTimersByTimeAsync(10);
  expect(begun).toHaveLength(4);
  expect(begun[3]! - now).toBeLessThanOrEqual(1);
});

it('takes one turn at a time, however often it is asked', async () => {
  const { begun, add } = setUp();
  add(1);
  await jest.advanceTimersByTimeAsync(10);
  for (let i = 0; i < 5; i++) add(1);
  await jest.advanceTimersByTimeAsync(80);
  expect(begun).toHaveLength(1);
});

it('waits for the turn under way when it stops, and takes no other', async () => {
  const { turns, begun, add } = setUp();
  add(3);
  await jest.advanceTimersByTimeAsync(10);
  let isStopped = false;
  const stopped = turns.stop().then(() => {
    isStopped = true;
  });
  await jest.advanceTimersByTimeAsync(5);
  expect(isStopped).toBe(false);
  await jest.advanceTimersByTimeAsync(1_000);
  await stopped;
  add(1);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(begun).toHaveLength(1);
});
