import { eventually, stall } from '@cyberstroll/testkit';
import { createRunClock, type RunClock } from './run-clock';

const clocks: RunClock[] = [];
function createClock(monotonicMs?: () => number): RunClock {
  const clock = createRunClock(monotonicMs);
  clocks.push(clock);
  return clock;
}
afterEach(() => {
  for (const clock of clocks.splice(0)) clock.stop();
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
    const clock = createClock();
    const order: string[] = [];
    clock.startTimer(200, () => order.push('timer'));
    clock.startTimer(200, () => order.push('ended'))();
    stall(1_000);
    const stalledMs = clock.stalledMs();
    setTimeout(() => order.push('what takes 50 ms more'), 50);
    await eventually(() => expect(order).toHaveLength(2));
    expect(order).toEqual(['what takes 50 ms more', 'timer']);
    expect(stalledMs).toBeGreaterThanOrEqual(900);
  });
});
