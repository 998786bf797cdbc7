/**
 * Collects single things into batches. A batch is full when it has `maxItems`, or `maxSize` in all. A full batch is
 * ready at once, another one when its oldest has waited `maxWaitMs`. Only one caller takes batches at a time;
 * collecting continues while it works.
 */
export interface Collector<Item> {
  push(item: Item): void;
  /** The next batch, never empty; undefined once closed and empty. With `onlyFull`, waits until it is full. */
  take(onlyFull?: () => boolean): Promise<Item[] | undefined>;
  /** The answer of `onlyFull` has changed. */
  look(): void;
  /** What waits, the oldest first. */
  waiting(): Item[];
  /** Takes out what waits. */
  clear(): Item[];
  /** From now on `take` waits for nothing more. */
  close(): void;
}

export interface CollectorOptions<Item> {
  /** A function is asked again for each batch. */
  maxItems: number | (() => number);
  /** Default: no limit. An item that is larger is a batch of its own. */
  maxSize?: number;
  toSize?: (item: Item) => number;
  maxWaitMs: number;
}

export function createCollector<Item>({
  maxItems,
  maxSize = Number.POSITIVE_INFINITY,
  toSize = () => 0,
  maxWaitMs,
}: CollectorOptions<Item>): Collector<Item> {
  const toMaxItems = typeof maxItems === 'number' ? () => maxItems : maxItems;
  let waiting: { item: Item; since: number; size: number }[] = [];
  let size = 0;
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

  const isFull = () => waiting.length >= toMaxItems() || size >= maxSize;

  function takeOut(): Item[] {
    let count = 0;
    let taken = 0;
    while (count < Math.min(toMaxItems(), waiting.length) && (count === 0 || taken + waiting[count]!.size <= maxSize))
      taken += waiting[count++]!.size;
    size -= taken;
    return waiting.splice(0, count).map(({ item }) => item);
  }

  return {
    push(item) {
      const added = toSize(item);
      waiting.push({ item, since: performance.now(), size: added });
      size += added;
      if (waiting.length === 1 || isFull()) wake();
    },
    async take(onlyFull = () => false) {
      for (;;) {
        const oldest = waiting[0];
        if (isFull() || (closed && oldest)) return takeOut();
        if (closed) return undefined;
        const leftMs = oldest && !onlyFull() ? oldest.since + maxWaitMs - performance.now() : undefined;
        if (leftMs !== undefined && leftMs <= 0) return takeOut();
        await pause(leftMs);
      }
    },
    look: () => wake(),
    waiting: () => waiting.map(({ item }) => item),
    clear() {
      const items = waiting.map(({ item }) => item);
      waiting = [];
      size = 0;
      return items;
    },
    close() {
      closed = true;
      wake();
    },
  };
}
