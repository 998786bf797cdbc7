import type { Counts } from '@cyberstroll/runtime';
import { taskTable } from '@cyberstroll/state-machine';
import type { Store } from '@cyberstroll/store';

const MAX_CHUNKS = 2_000;
const SETTLE_AFTER_MS = 5_000;

/**
 * Closes the ledger of tasks that are over for good, or gone. FAILED and TIMEOUT tasks keep theirs: an operator's retry
 * may take them up again, and then what was never touched of them must be found.
 */
export async function settleEndedOnce({ store }: { store: Store }, now: Date): Promise<Counts> {
  const dispatchedBefore = new Date(now.getTime() - SETTLE_AFTER_MS);
  const chunks = await store.chunks.findUnsettled({ dispatchedBefore, limit: MAX_CHUNKS });
  const statuses = await store.tasks.findStatuses([...new Set(chunks.map(({ task_id }) => task_id))]);
  let settled = 0;
  for (const chunk of chunks) {
    const status = statuses.get(chunk.task_id);
    if (status && !taskTable.hasTag(status, 'final')) continue;
    await store.chunks.settleChunk(chunk);
    settled++;
  }
  return { settled };
}
