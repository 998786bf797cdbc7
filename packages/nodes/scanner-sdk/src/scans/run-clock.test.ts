import { createRunClock, type RunClock } from './run-clock';

const clocks: RunClock[] = [];
function createClock(monotonicMs?: () => number): RunClock {
  const clock = createRunClock(monotonicMs);
  clocks.push(clock);
  return clock;
}
afterEach(() => {
  for (const clock of clocks.splice(0)) clock.stop();
  jest.useRealTimers();
});

describe('a run clock', () => {
  it('follows the time while the process runs, and counts at most 100 ms of a stall', () => {
    let monotonicMs = 1_000_000;
    const clock = createClock(() => monotonicMs);
    const pass = (ms: number) => {
      monotonicMs += ms;
      return { ran: clock.now(), stalled: clock.stalledMs() };
    };
    expect(pass(0)).toEqual({ ran: 0, stalled: 0 });
    expect(pass(50)).toEqual({ ran: 50, stalled: 0 });
    expect(pass(100)).toEqual({ ran: 150, stalled: 0 });
    expect(pass(3_000)).toEqual({ ran: 250, stalled: 2_900 });
    expect(pass(25)).toEqual({ ran: 275, stalled: 2_900 });
  });

  it('fires a timer only after the process ran for its time, however long it stalled', async () => {
    jest.useFakeTimers();
    let monotonicMs = 1_000_000;
    const clock = createClock(() => monotonicMs);
    const fired: string[] = [];
    clock.startTimer(200, () => fired.push('timer'));
    clock.startTimer(200, () => fired.push('ended'))();
    const firedAfter = async (ranMs: number) => {
      monotonicMs += ranMs;
      await jest.advanceTimersByTimeAsync(10_000);
      return [...fired];
    };
    // 100 ms of it count.
    expect(await firedAfter(5_000)).toEqual([]);
    expect(clock.stalledMs()).toBe(4_900);
    expect(await firedAfter(99)).toEqual([]);
    expect(await firedAfter(1)).toEqual(['timer']);
  });
});
