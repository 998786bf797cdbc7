import { setTimeout as delay } from 'node:timers/promises';
import { within } from '@cyberstroll/runtime';

export interface EventuallyOptions {
  /** How long to keep trying, in milliseconds; a minute by default, for slow machines. */
  timeoutMs?: number;
  /** Pause between two tries, in milliseconds. By default it grows from 25 to 250: many tests wait at the same time. */
  intervalMs?: number;
}

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 250;
const GROWTH = 1.3;
/** One try may take this long at least: then it hangs, and the test says so before it is over. */
const ANSWERS_WITHIN_MS = 60_000;

type Settled<T> = Exclude<T, false | null | 0 | ''>;

/**
 * Calls `attempt` until it neither throws nor returns null, false, 0 or '', then returns its value. Returning nothing
 * (a block of `expect` calls) counts as success, and so does `undefined`: a look-up that may miss must end in `??
 * null`. When the time is over, throws the last error, with the time waited in its message.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeoutMs = 60_000, intervalMs }: EventuallyOptions = {},
): Promise<Settled<T>> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  let pauseMs = intervalMs ?? FIRST_PAUSE_MS;
  const answerMs = Math.max(timeoutMs, ANSWERS_WITHIN_MS);
  const tryOnce = async () => attempt();
  for (;;) {
    try {
      const value = await within(tryOnce(), answerMs, () => new Error('it did not answer'));
      if (value === undefined || value) return value as Settled<T>;
      lastError = new Error(`last value was ${String(value)}`);
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) break;
    await delay(pauseMs);
    if (intervalMs === undefined) pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS);
  }
  if (!(lastError instanceof Error)) throw new Error(`not within ${timeoutMs} ms: ${String(lastError)}`);
  lastError.message = `not within ${timeoutMs} ms: ${lastError.message}`;
  throw lastError;
}
