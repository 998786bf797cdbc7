/** Counts down as the broker confirms updates; `settled` resolves at zero. */
export interface Receipt {
  readonly settled: Promise<void>;
  confirm(): void;
}

export function createReceipt(expected: number): Receipt {
  let left = expected;
  let resolve: () => void = () => undefined;
  const settled = new Promise<void>((done) => {
    resolve = done;
  });
  if (left === 0) resolve();
  return {
    settled,
    confirm() {
      left--;
      if (left === 0) resolve();
    },
  };
}

export type WakeSignal = ReturnType<typeof createWakeSignal>;

/** Lets any number of callers wait until something has changed. */
export function createWakeSignal() {
  let waiters: (() => void)[] = [];
  return {
    /** Resolves at the next `wake`. */
    wait: (): Promise<void> => new Promise((resolve) => waiters.push(resolve)),
    wake(): void {
      if (waiters.length === 0) return;
      const woken = waiters;
      waiters = [];
      for (const resolve of woken) resolve();
    },
  };
}
