import type { Counts } from '@cyberstroll/runtime';
import { taskTable } from '@cyberstroll/state-machine';
import type { Store } from '@cyberstroll/store';

const MAX_CHUNKS = 2_000;
const SETTLE_AFTER_MS = 5_000;

/**
 * Closes the ledger of a task if the task is gone, or if none of its targets will be sent out for the first time again.
 * FAILED and TIMEOUT tasks keep their ledger: after an operator's retry the targets that no node touched must be found.
 */
export async function settleEndedOnce(
  { store }: { store: Pick<Store, 'tasks' | 'chunks'> },
  now: Date,
): Promise<Counts> {
  const dispatchedBefore = new Date(now.getTime() - SETTLE_AFTER_MS);
  const chunks = await store.chunks.findUnsettled({ dispatchedBefore, limit: MAX_CHUNKS });
  const statuses = await store.tasks.findStatuses([...new Set(chunks.map(({ task_id }) => task_id))]);
  const closed = chunks.filter(({ task_id }) => {
    const status = statuses.get(task_id);
    return !status || taskTable.hasTag(status, 'all_sent');
  });
  await store.chunks.settleChunks(closed);
  return { settled: closed.length };
}
