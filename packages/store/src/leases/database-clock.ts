import type { Store } from '../store';

/** Between two questions, in milliseconds. In between, the time that has passed here is added. */
const ASK_MS = 1_000;

/**
 * MongoDB's clock, which all that begins and ends by its time follows, so that the clocks of processes do not matter.
 * It is behind by the way of the answer at most, and never ahead.
 */
export function createDatabaseClock({ getTime }: Pick<Store, 'getTime'>, now: () => number = () => performance.now()) {
  let asked: { time: number; atMs: number } | undefined;
  return async function readClock(): Promise<Date> {
    if (!asked || now() - asked.atMs >= ASK_MS) asked = { time: (await getTime()).getTime(), atMs: now() };
    return new Date(asked.time + now() - asked.atMs);
  };
}
