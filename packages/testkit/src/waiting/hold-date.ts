/** The date of this process in the hands of a test. */
export interface HeldDate {
  pass(ms: number): void;
  /** Puts the real date back. */
  release(): void;
}

/** What runs on: timers, and the time that code measures. */
const RUNNING = [
  ...(['hrtime', 'performance', 'nextTick', 'queueMicrotask'] as const),
  ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] as const),
];

/** From now on `Date` stands still until the test moves it, however long the test takes. */
export function holdDate(): HeldDate {
  let now = Date.now();
  jest.useFakeTimers({ now, doNotFake: [...RUNNING] });
  return {
    pass(ms) {
      now += ms;
      jest.setSystemTime(now);
    },
    release: () => void jest.useRealTimers(),
  };
}

/** Calls `act` as if this many milliseconds had passed. */
export async function afterTime(ms: number, act: () => Promise<unknown>): Promise<void> {
  const date = holdDate();
  try {
    date.pass(ms);
    await act();
  } finally {
    date.release();
  }
}

/** The time that code measures, ahead by what the test passes: what is kept for some seconds is read again. */
export function createAheadTime(): { pass: (ms: number) => void; release: () => void } {
  const measure = performance.now.bind(performance);
  let aheadMs = 0;
  const spy = jest.spyOn(performance, 'now').mockImplementation(() => measure() + aheadMs);
  return {
    pass(ms) {
      aheadMs += ms;
    },
    release: () => spy.mockRestore(),
  };
}

/** Blocks this process's event loop: as if the process was stopped for that time and then continued. */
export function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
