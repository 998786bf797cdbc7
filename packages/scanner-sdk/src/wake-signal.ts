/** Lets any number of waiters sleep until something has changed. */
export interface WakeSignal {
  /** Resolves at the next `wake`. */
  wait(): Promise<void>;
  wake(): void;
}

export function createWakeSignal(): WakeSignal {
  let waiters: (() => void)[] = [];
  return {
    wait: () => new Promise((resolve) => waiters.push(resolve)),
    wake() {
      if (waiters.length === 0) return;
      const woken = waiters;
      waiters = [];
      for (const resolve of woken) resolve();
    },
  };
}
