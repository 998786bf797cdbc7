import { createMetrics, createSweepMetrics } from '../health/metrics';
import { createLogger } from '../logs/logger';
import { createSweep, type SweepOptions } from './sweep';

const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });

const STANDING = { release: async () => undefined, standBack: () => undefined };
const LEADER = { isLeader: async () => true, ...STANDING };

/** A sweep whose passes the test waits for by number. */
function watchedSweep(options: Partial<SweepOptions> = {}, pass: (n: number) => unknown = () => undefined) {
  let passes = 0;
  const waiting = new Map<number, () => void>();
  const sweep = createSweep({
    name: 'test',
    intervalMs: 1,
    logger,
    ...options,
    async sweepOnce() {
      passes += 1;
      waiting.get(passes)?.();
      return (await pass(passes)) === 'idle' ? undefined : { passes };
    },
  });
  const reached = (n: number) => new Promise<void>((resolve) => (passes >= n ? resolve() : waiting.set(n, resolve)));
  return { sweep, reached, count: () => passes };
}

it('sweeps again and again until it is stopped, and waits for the pass under way', async () => {
  let inside = false;
  const { sweep, reached, count } = watchedSweep({}, async () => {
    inside = true;
    await Promise.resolve();
    inside = false;
  });
  await sweep.start();
  await reached(3);
  await sweep.stop();
  expect(inside).toBe(false);
  const stoppedAt = count();
  await new Promise((resolve) => setImmediate(resolve));
  expect(count()).toBe(stoppedAt);
});

it('waits no longer than it may for a pass that does not end, and keeps the leadership', async () => {
  const release = jest.fn(() => Promise.resolve());
  const leadership = { ...LEADER, release };
  let end: () => void = () => undefined;
  const stuck = new Promise<void>((resolve) => {
    end = resolve;
  });
  const { sweep, reached } = watchedSweep({ leadership, stopWithinMs: 50 }, () => stuck);
  await sweep.start();
  await reached(1);
  await sweep.stop();
  expect(release).not.toHaveBeenCalled();
  end();
});

it('continues after a pass that throws', async () => {
  const { sweep, reached } = watchedSweep({}, () => {
    throw new Error('no luck');
  });
  await sweep.start();
  await reached(2);
  await sweep.stop();
});

it('waits longer after a pass that found nothing, until there may be work', async () => {
  const { sweep, reached } = watchedSweep({ idleMs: 3_600_000 }, (n) => {
    // A change during the pass itself counts too.
    if (n === 3) sweep.endIdleWait();
    return 'idle';
  });
  await sweep.start();
  await reached(1);
  await new Promise((resolve) => setImmediate(resolve));
  sweep.endIdleWait();
  await reached(2);
  await new Promise((resolve) => setImmediate(resolve));
  sweep.endIdleWait();
  await reached(4);
  await sweep.stop();
});

it('waits longer while there is no work, without a pass, until there may be some', async () => {
  let isWork = false;
  jest.useFakeTimers();
  try {
    const { sweep, count } = watchedSweep({ intervalMs: 100, hasWork: async () => isWork });
    await sweep.start();
    await jest.advanceTimersByTimeAsync(4_000);
    isWork = true;
    await jest.advanceTimersByTimeAsync(200);
    expect(count()).toBe(0);
    sweep.endIdleWait();
    await jest.advanceTimersByTimeAsync(200);
    expect(count()).toBeGreaterThan(0);
    await sweep.stop();
  } finally {
    jest.useRealTimers();
  }
});

it('ends an idle wait not before the short interval has passed, however often there may be work', async () => {
  const { sweep, count, reached } = watchedSweep({ intervalMs: 3_600_000, idleMs: 7_200_000 }, () => 'idle');
  await sweep.start();
  await reached(1);
  await new Promise((resolve) => setImmediate(resolve));
  for (let times = 0; times < 3; times++) {
    sweep.endIdleWait();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(count()).toBe(1);
  await sweep.stop();
});

it('keeps the short interval while its passes find something, however often there may be work', async () => {
  const { sweep, count, reached } = watchedSweep({ intervalMs: 3_600_000, idleMs: 3_600_000 });
  await sweep.start();
  await reached(1);
  await new Promise((resolve) => setImmediate(resolve));
  sweep.endIdleWait();
  await new Promise((resolve) => setImmediate(resolve));
  expect(count()).toBe(1);
  await sweep.stop();
});

it('a leader whose pass takes a while asks for the leadership at most two seconds after it', async () => {
  const asked: number[] = [];
  const leadership = {
    async isLeader() {
      asked.push(performance.now());
      return true;
    },
    ...STANDING,
  };
  jest.useFakeTimers();
  try {
    const { sweep } = watchedSweep(
      { leadership, intervalMs: 3_600_000 },
      () => new Promise((resolve) => setTimeout(resolve, 700)),
    );
    await sweep.start();
    await jest.advanceTimersByTimeAsync(9_000);
    await sweep.stop();
    expect(asked).toEqual([0, 2_700, 4_700, 6_700, 8_700].map((ms) => asked[0]! + ms));
  } finally {
    jest.useRealTimers();
  }
});

it('sweeps only while it is the leader, and gives the leadership back', async () => {
  let asked = 0;
  let released = 0;
  let third: () => void = () => undefined;
  const askedThrice = new Promise<void>((resolve) => {
    third = resolve;
  });
  const leadership = {
    async isLeader() {
      asked += 1;
      if (asked === 3) third();
      return false;
    },
    async release() {
      released += 1;
    },
    standBack: () => undefined,
  };
  const { sweep, count } = watchedSweep({ leadership });
  await sweep.start();
  await askedThrice;
  await sweep.stop();
  expect([count(), released]).toEqual([0, 1]);
});

it('keeps the leadership between passes that are far apart, and runs a pass at once when it becomes the leader', async () => {
  const answers = [false, false, true, true, true];
  let allAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    allAsked = resolve;
  });
  const leadership = {
    async isLeader() {
      const answer = answers.shift() ?? true;
      if (answers.length === 0) allAsked();
      return answer;
    },
    ...STANDING,
  };
  const { sweep, count } = watchedSweep({ leadership, intervalMs: 3_600_000 });
  jest.useFakeTimers();
  try {
    await sweep.start();
    const counts: number[] = [];
    for (let seconds = 0; seconds < 8; seconds++) {
      await jest.advanceTimersByTimeAsync(1_000);
      counts.push(count());
    }
    await asked;
    expect(counts).toEqual([0, 1, 1, 1, 1, 1, 1, 1]);
    await sweep.stop();
  } finally {
    jest.useRealTimers();
  }
});

it('keeps the leadership during a long pass, and stops asking when the pass has ended', async () => {
  let asked = 0;
  const leadership = {
    async isLeader() {
      asked += 1;
      return true;
    },
    ...STANDING,
  };
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const { sweep, reached } = watchedSweep({ leadership, intervalMs: 3_600_000 }, () => ended);
  jest.useFakeTimers();
  try {
    await sweep.start();
    await reached(1);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(asked).toBe(6);
    end();
    await sweep.stop();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(asked).toBe(6);
  } finally {
    jest.useRealTimers();
  }
});

it('a leader whose pass does not end leaves the leadership to another replica, and says so', async () => {
  const standBack = jest.fn();
  const isLeader = jest.fn(async () => true);
  const metrics = createMetrics('test');
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const { sweep, reached } = watchedSweep(
    { observer: createSweepMetrics(metrics), leadership: { ...STANDING, isLeader, standBack } },
    () => ended,
  );
  jest.useFakeTimers();
  try {
    await sweep.start();
    await reached(1);
    await jest.advanceTimersByTimeAsync(290_000);
    expect(standBack).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(standBack).toHaveBeenCalledTimes(1);
    const asked = isLeader.mock.calls.length;
    await jest.advanceTimersByTimeAsync(600_000);
    expect([standBack.mock.calls.length, isLeader.mock.calls.length]).toEqual([1, asked]);
    expect(await metrics.metrics()).toMatch(/cyberstroll_sweep_leader\{sweep="test",service="test"\} 0/);
    end();
    await sweep.stop();
  } finally {
    jest.useRealTimers();
  }
});

it('reports its passes, its failures and its leadership as metrics', async () => {
  const metrics = createMetrics('test');
  const { sweep, reached } = watchedSweep(
    {
      observer: createSweepMetrics(metrics),
      leadership: LEADER,
    },
    (n) => {
      if (n === 2) throw new Error('no luck');
    },
  );
  await sweep.start();
  await reached(3);
  await sweep.stop();
  const text = await metrics.metrics();
  expect(text).toMatch(/cyberstroll_sweep_failures_total\{sweep="test",service="test"\} 1/);
  expect(text).toMatch(/cyberstroll_sweep_items_total\{sweep="test",item="passes",service="test"\} [1-9]/);
  expect(text).toMatch(/cyberstroll_sweep_seconds_count\{.*\} [1-9]/);
  expect(text).toMatch(/cyberstroll_sweep_leader\{sweep="test",service="test"\} 1/);
});
