/**
 * How a replica follows a collection whose changes have rising numbers: it reads those after the last number that it
 * has seen. So it misses none, whatever fails in between, and reads nothing twice.
 */
import { AppError, createSharedCall, within } from '@cyberstroll/runtime';

/** A change is known everywhere within 5 s: after an interval, even if one read hangs. */
export const READ_INTERVAL_MS = 2_000;
const READ_WITHIN_MS = 2_000;
export const READ_AT_ONCE = 1_000;

/** A read that hangs is given up: the next one has another connection. */
export const readSoon = <Found>(reading: Promise<Found>): Promise<Found> =>
  within(reading, READ_WITHIN_MS, () => new AppError('mongodb_unavailable'));

/** What the function returns reads the changes until now, and hands them to `apply`. */
export function createChangeReader<Change extends { change: number }>(
  /** The changes after this number, in the order of their numbers. */
  findChanges: (after: number, limit: number) => Promise<Change[]>,
  apply: (changes: readonly Change[]) => void,
): () => Promise<void> {
  let seen = 0;
  return createSharedCall(async () => {
    for (let isWhole = false; !isWhole; ) {
      const changes = await readSoon(findChanges(seen, READ_AT_ONCE));
      apply(changes);
      seen = changes.at(-1)?.change ?? seen;
      isWhole = changes.length < READ_AT_ONCE;
    }
  });
}
