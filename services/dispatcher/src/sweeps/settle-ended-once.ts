import type { Counts } from '@cyberstroll/runtime';
import { taskTable } from '@cyberstroll/state-machine';
import type { Store } from '@cyberstroll/store';

/** Tasks that one pass looks at. */
const PAGE = 2_000;
/** A younger chunk may be of a task that an operator has just taken up again. */
const SETTLE_AFTER_MS = 5_000;

/**
 * Closes the ledger of a task if the task is gone, or if none of its targets will be sent out for the first time again.
 * FAILED and TIMEOUT tasks keep their ledger: after an operator's retry the targets that no node touched must be found.
 * Walks the tasks that have a ledger, a page per pass, so that each has its turn however many of them are open.
 */
export function createSettleEnded(
  { store }: { store: Pick<Store, 'tasks' | 'chunks'> },
  { page = PAGE }: { page?: number } = {},
): (now: Date) => Promise<Counts> {
  let after: string | undefined;
  return async function settleEndedOnce(now) {
    const dispatchedBefore = new Date(now.getTime() - SETTLE_AFTER_MS);
    const taskIds = await store.chunks.findUnsettledTasks({ dispatchedBefore, after, limit: page });
    after = taskIds.length < page ? undefined : taskIds.at(-1)!;
    const statuses = await store.tasks.findStatuses(taskIds);
    const closed = taskIds.filter((taskId) => {
      const status = statuses.get(taskId);
      return !status || taskTable.hasTag(status, 'all_sent');
    });
    return { settled: await store.chunks.settleChunks(closed, dispatchedBefore) };
  };
}
