import type { Store } from '@cyberstroll/store';

/** Between two questions, in milliseconds. In between, the time that has passed here is added. */
const ASK_MS = 1_000;

/**
 * MongoDB's clock, which all that begins and ends by its time follows, so that the clocks of processes do not matter.
 * It is behind by the way of the answer at most, and never ahead. A slow answer does not set it back: when an answer
 * comes, the time is between that of the answer and that plus its way, and what was known stays if it is in between.
 */
export function createDatabaseClock({ getTime }: Pick<Store, 'getTime'>, now: () => number = () => performance.now()) {
  let asked: { time: number; atMs: number } | undefined;
  return async function readClock(): Promise<Date> {
    if (!asked || now() - asked.atMs >= ASK_MS) {
      const askedMs = now();
      const time = (await getTime()).getTime();
      const atMs = now();
      const known = asked ? asked.time + atMs - asked.atMs : time;
      asked = { time: Math.min(Math.max(known, time), time + atMs - askedMs), atMs };
    }
    return new Date(asked.time + now() - asked.atMs);
  };
}
