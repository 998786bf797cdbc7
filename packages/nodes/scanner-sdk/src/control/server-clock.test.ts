import { ServerClock } from './server-clock';

/** What the server's clock shows when the node's shows 0. */
const AHEAD = 1_800_000_000_000;

interface Repeated {
  lateMs?: number;
  within_ms?: number;
  aheadMs?: number;
  jobs_since?: number;
}

function setup() {
  const clock = new ServerClock();
  const repeat = (now: number, { lateMs = 0, within_ms = 20, aheadMs = AHEAD, ...more }: Repeated = {}) =>
    clock.noteRepeated({ within_ms, server_time: aheadMs + now - lateMs, ...more }, now);
  return { clock, repeat };
}

describe('what a node knows of the server', () => {
  it('is nothing before the first repeated, and before one that covers all the time that it listens', () => {
    const { clock, repeat } = setup();
    expect(clock.knowsRules(0)).toBe(false);
    clock.noteListening(true, 1_000);
    expect(clock.knowsRules(1_000_000)).toBe(false);
    repeat(1_501, { within_ms: 502 });
    expect(clock.knowsRules(1_501)).toBe(false);
    repeat(1_501, { within_ms: 501 });
    expect(clock.knowsRules(1_501)).toBe(true);
  });

  it('is good for 2 s from the time at which the server read it, and good again with the next repeated', () => {
    const { clock, repeat } = setup();
    clock.noteListening(true, 0);
    repeat(1_000);
    expect([2_999, 3_000].map((now) => clock.knowsRules(now))).toEqual([true, false]);
    repeat(10_000);
    expect([10_000, 11_999, 12_000].map((now) => clock.knowsRules(now))).toEqual([true, true, false]);
    // They waited while the process was stopped.
    repeat(20_000, { lateMs: 8_000 });
    repeat(20_000, { lateMs: 2_000 });
    expect(clock.knowsRules(20_000)).toBe(false);
    repeat(20_000, { lateMs: 1_999 });
    expect([20_000, 20_001].map((now) => clock.knowsRules(now))).toEqual([true, false]);
  });

  it('is nothing after a lost connection, until the server has repeated all since', () => {
    const { clock, repeat } = setup();
    clock.noteListening(true, 0);
    repeat(100);
    clock.noteListening(false, 200);
    expect(clock.knowsRules(200)).toBe(false);
    repeat(250);
    clock.noteListening(true, 300);
    expect(clock.knowsRules(300)).toBe(false);
    repeat(310, { within_ms: 11 });
    expect(clock.knowsRules(310)).toBe(false);
    repeat(320);
    expect(clock.knowsRules(320)).toBe(true);
    // Its consumer moved to another channel.
    clock.noteListening(true, 330);
    expect(clock.knowsRules(330)).toBe(false);
    // Sent before it listened: by the time of the message, not by when it arrived.
    repeat(700, { within_ms: 20, lateMs: 360 });
    expect(clock.knowsRules(700)).toBe(false);
    repeat(701, { within_ms: 20, lateMs: 351 });
    expect(clock.knowsRules(701)).toBe(true);
  });
});

it('what a node knows is nothing after a repeated that is older than the one before, until all was repeated since', () => {
  const { clock, repeat } = setup();
  clock.noteListening(true, 0);
  repeat(1_000);
  repeat(1_100, { lateMs: 200 });
  expect(clock.knowsRules(1_100)).toBe(false);
  repeat(1_500, { within_ms: 600 });
  expect(clock.knowsRules(1_500)).toBe(false);
  repeat(2_000);
  expect(clock.knowsRules(2_000)).toBe(true);
});

describe('the clock of the server', () => {
  it('is that of the message that was least late', () => {
    const { clock, repeat } = setup();
    expect(clock.hasCome(0, 1_000)).toBe(false);
    repeat(1_000, { lateMs: 300 });
    repeat(1_500, { lateMs: 5 });
    repeat(2_000, { lateMs: 200 });
    expect([3_004, 3_005].map((now) => clock.hasCome(AHEAD + 3_000, now))).toEqual([false, true]);
    expect(clock.hasCome(Number.POSITIVE_INFINITY, 3_005)).toBe(false);
  });

  it('counts a message for 30 s at least, and for 60 s at most', () => {
    const { clock, repeat } = setup();
    repeat(0, { lateMs: 5 });
    repeat(30_000, { lateMs: 300 });
    expect([30_004, 30_005].map((now) => clock.hasCome(AHEAD + 30_000, now))).toEqual([false, true]);
    repeat(60_000, { lateMs: 400 });
    expect([60_299, 60_300].map((now) => clock.hasCome(AHEAD + 60_000, now))).toEqual([false, true]);
  });

  it.each([3_600_000, -3_600_000])('that was moved by %d ms is followed within a minute', (moved) => {
    const { clock, repeat } = setup();
    clock.noteListening(true, 0);
    for (let now = 0; now <= 20_000; now += 500) repeat(now);
    for (let now = 20_500; now <= 81_000; now += 500) repeat(now, { aheadMs: AHEAD + moved });
    expect(clock.knowsRules(81_000)).toBe(true);
    const due = AHEAD + moved + 82_000;
    expect([81_999, 82_000].map((now) => clock.hasCome(due, now))).toEqual([false, true]);
    expect(clock.knowsRules(83_000)).toBe(false);
  });
});

it('a job is over from its not_after on, or if it is from before jobs_since of the last message', () => {
  const { clock, repeat } = setup();
  const isOver = (notAfter: number, rulesTime: number) => clock.isOver({ notAfter, rulesTime }, 1_000);
  repeat(1_000, { jobs_since: 500 });
  const cases = [isOver(AHEAD + 1_000, 500), isOver(AHEAD + 1_001, 499), isOver(AHEAD + 1_001, 500)];
  expect(cases).toEqual([true, true, false]);
  repeat(1_000);
  expect(isOver(AHEAD + 1_001, 499)).toBe(false);
});
