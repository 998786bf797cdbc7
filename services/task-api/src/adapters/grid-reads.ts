import { AppError, BoundedMap, delay } from '@cyberstroll/runtime';

/** Grids that a replica reads at a time. Each takes a core of MongoDB for a moment, and memory here. */
const AT_ONCE = 2;
/** Milliseconds between the begins of two reads of the same cells. */
const EVERY_MS = 1_000;
/** A read that has not begun within this many milliseconds is refused. */
const WAIT_MS = 3_000;
const RETRY_AFTER_SECONDS = 3;
/** Keys whose last read is known. */
const MAX_KEYS = 1_000;

export type GridReads<Answer> = (key: string, readOnce: () => Promise<Answer>) => Promise<Answer>;

/**
 * Reads of the same cells are one for all who wait for it. Each caller gets what was read after it asked: so a client
 * that subscribed to the changes before misses none. The same cells are read once a second at most, and two reads run
 * at a time; the others wait their turn. Rejects with AppError transient `grid_busy` after 3 s.
 */
export function createGridReads<Answer>(): GridReads<Answer> {
  const turns = createTurns();
  /** Reads that have not begun: whoever asks now joins. */
  const next = new Map<string, Promise<Answer>>();
  const last = new BoundedMap<string, { over: Promise<unknown>; beganAt: number }>(MAX_KEYS);

  async function begin(key: string, readOnce: () => Promise<Answer>): Promise<Answer> {
    const before = last.get(key);
    await before?.over;
    const tooSoonMs = before ? before.beganAt + EVERY_MS - performance.now() : 0;
    if (tooSoonMs > 0) await delay(tooSoonMs);
    try {
      await turns.enter();
    } finally {
      next.delete(key);
    }
    const read = readOnce().finally(turns.leave);
    last.set(key, { over: read.catch(() => undefined), beganAt: performance.now() });
    return read;
  }

  return (key, readOnce) => {
    const joined = next.get(key) ?? begin(key, readOnce);
    next.set(key, joined);
    return joined;
  };
}

/** Who comes first is first, at most `AT_ONCE` at a time. */
function createTurns() {
  let free = AT_ONCE;
  const waiting = new Set<() => void>();
  return {
    async enter(): Promise<void> {
      if (free > 0) {
        free -= 1;
        return;
      }
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(go);
          reject(new AppError('grid_busy', { retry_after_seconds: RETRY_AFTER_SECONDS }));
        }, WAIT_MS);
        const go = () => {
          clearTimeout(timer);
          resolve();
        };
        waiting.add(go);
      });
    },
    leave(): void {
      const [first] = waiting;
      if (!first) {
        free += 1;
        return;
      }
      waiting.delete(first);
      first();
    },
  };
}
