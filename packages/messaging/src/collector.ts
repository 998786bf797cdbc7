/**
 * Collects single things into batches: one is ready when it has `maxItems`, or when its oldest has waited `maxWaitMs`.
 * One taker at a time; collecting goes on while the taker works.
 */
export interface Collector<Item> {
  push(item: Item): void;
  /** The next batch, never empty; undefined once closed. */
  take(): Promise<Item[] | undefined>;
  /** Takes out what waits. */
  clear(): Item[];
  /** Ends `take`; returns what waits. */
  close(): Item[];
}

export function createCollector<Item>({
  maxItems,
  maxWaitMs,
}: {
  maxItems: number;
  maxWaitMs: number;
}): Collector<Item> {
  let waiting: { item: Item; since: number }[] = [];
  let closed = false;
  let wake = () => {};

  /** Until somebody wakes us, or for `ms`. */
  const pause = (ms: number | undefined) =>
    new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  function clear() {
    const items = waiting.map(({ item }) => item);
    waiting = [];
    return items;
  }

  return {
    push(item) {
      waiting.push({ item, since: performance.now() });
      if (waiting.length === 1 || waiting.length >= maxItems) wake();
    },
    async take() {
      while (!closed) {
        const oldest = waiting[0];
        const leftMs = oldest ? oldest.since + maxWaitMs - performance.now() : undefined;
        if (waiting.length >= maxItems || (leftMs !== undefined && leftMs <= 0)) {
          return waiting.splice(0, maxItems).map(({ item }) => item);
        }
        await pause(leftMs);
      }
      return undefined;
    },
    clear,
    close() {
      closed = true;
      wake();
      return clear();
    },
  };
}
