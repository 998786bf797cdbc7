import { AppError, type Counts } from '@cyberstroll/runtime';
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
  const open = new Set((await store.tasks.findForDispatch()).map(({ task_id }) => task_id));
  const final = new Map<string, boolean>();
  let settled = 0;
  for (const chunk of chunks) {
    const { task_id } = chunk;
    if (open.has(task_id)) continue;
    if (!final.has(task_id)) final.set(task_id, await isFinalTask(store, task_id));
    if (!final.get(task_id)) continue;
    await store.chunks.settleChunk(chunk);
    settled++;
  }
  return { settled };
}

async function isFinalTask(store: Store, taskId: string): Promise<boolean> {
  try {
    const { status } = await store.taskStates.getTaskStatus(taskId);
    return taskTable.hasTag(status, 'final');
  } catch (error) {
    if (error instanceof AppError && error.kind === 'missing') return true;
    throw error;
  }
}
