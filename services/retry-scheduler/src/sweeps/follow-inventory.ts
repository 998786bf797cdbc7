import { AppError, type Counts, type Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

export interface FollowInventoryDeps {
  store: Pick<Store, 'inventory'>;
  logger: Logger;
}

/** A pass ends after this time: the updaters need the database more. What is left waits for the next one. */
const PASS_MS = 200;

/** Adds to the inventory what scans have found. A batch that cannot be added is left out: the others do not wait. */
export function createFollowInventory({
  store,
  logger,
}: FollowInventoryDeps): (now: Date) => Promise<Counts | undefined> {
  async function followOnce() {
    try {
      return await store.inventory.followOnce();
    } catch (err) {
      if (isTransient(err)) throw err;
      return followFirst();
    }
  }

  async function followFirst() {
    try {
      return await store.inventory.followOnce(1);
    } catch (err) {
      if (isTransient(err)) throw err;
      logger.error({ err }, 'a batch cannot be added to the inventory: it is left out');
      await store.inventory.dropOldest();
      return { scans: 0, changes: 0 };
    }
  }

  return async () => {
    const counts = { scans: 0, changes: 0 };
    const endMs = performance.now() + PASS_MS;
    do {
      const followed = await followOnce();
      if (!followed) return counts.scans > 0 ? counts : undefined;
      counts.scans += followed.scans;
      counts.changes += followed.changes;
    } while (performance.now() < endMs);
    return counts;
  };
}

const isTransient = (error: unknown): boolean => error instanceof AppError && error.kind === 'transient';
