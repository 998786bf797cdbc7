import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { now } from '../browser/clock';

/** Data older than this many milliseconds, beside the time between two reads of it, is not shown as live. */
const OLD_AFTER = 5_000;

/** How old something on the page is. */
export interface Freshness {
  /** Signs of life come once in this many milliseconds. */
  every: number;
  /** The last sign of life, in milliseconds of the browser's clock. */
  heardAt: ReadonlySignal<number>;
  /** The same, once the data is old; undefined while it is live. */
  oldSince: ReadonlySignal<number | undefined>;
  hear: () => void;
}

export function createFreshness(every: number): Freshness {
  const heardAt = signal(Date.now());
  return {
    every,
    heardAt,
    oldSince: computed(() => (now.value - heardAt.value > every + OLD_AFTER ? heardAt.value : undefined)),
    hear() {
      heardAt.value = Date.now();
    },
  };
}
