import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

/** Deletes tasks that ended long ago, with all of theirs. */
export async function cleanUpOnce({
  store,
  logger,
  expireDays,
}: {
  store: Store;
  logger: Logger;
  expireDays: number;
}): Promise<Counts> {
  const tasks = await store.taskStates.cleanupExpiredTasks(expireDays);
  if (tasks > 0) logger.info({ tasks, expire_days: expireDays }, 'expired tasks deleted');
  return { tasks };
}
