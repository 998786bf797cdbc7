/**
 * Collects single things into batches: one is ready when it has `maxItems`, or when its oldest has waited `maxWaitMs`.
 * Only one caller takes batches at a time; collecting continues while it works.
 */
export interface Collector<Item> {
  push(item: Item): void;
  /** The next batch, never empty; undefined once closed and empty. */
  take(): Promise<Item[] | undefined>;
  /** Takes out what waits. */
  clear(): Item[];
  /** From now on `take` waits for nothing more. */
  close(): void;
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

  return {
    push(item) {
      waiting.push({ item, since: performance.now() });
      if (waiting.length === 1 || waiting.length >= maxItems) wake();
    },
    async take() {
      for (;;) {
        const oldest = waiting[0];
        const leftMs = oldest ? oldest.since + maxWaitMs - performance.now() : undefined;
        if (waiting.length >= maxItems || (leftMs !== undefined && (closed || leftMs <= 0))) {
          return waiting.splice(0, maxItems).map(({ item }) => item);
        }
        if (closed) return undefined;
        await pause(leftMs);
      }
    },
    clear() {
      const items = waiting.map(({ item }) => item);
      waiting = [];
      return items;
    },
    close() {
      closed = true;
      wake();
    },
  };
}
