import { computed, signal } from '@preact/signals';
import { now } from '../app/clock';

/** Data older than this many milliseconds, beside the time between two reads of it, is not shown as live. */
const OLD_AFTER = 5_000;

interface Source {
  /** Milliseconds between two signs of life. */
  every: number;
  heard: number;
}

/** What the page shows now as live: reads that repeat, and open WebSockets. */
const sources = signal<ReadonlySet<Source>>(new Set());

/** Since when the page shows old data, in milliseconds of the browser's clock; undefined while all of it is live. */
export const oldSince = computed<number | undefined>(() => {
  const old = [...sources.value].filter(({ every, heard }) => now.value - heard > every + OLD_AFTER);
  return old.length === 0 ? undefined : Math.min(...old.map(({ heard }) => heard));
});

/** Counts a source of live data until it is stopped. `every`: milliseconds between two signs of life. */
export function track(every: number) {
  const source: Source = { every, heard: Date.now() };
  sources.value = new Set([...sources.value, source]);
  return {
    heard() {
      source.heard = Date.now();
    },
    stop() {
      sources.value = new Set([...sources.value].filter((other) => other !== source));
    },
  };
}
