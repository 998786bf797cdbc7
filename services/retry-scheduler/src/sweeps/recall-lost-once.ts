import { groupBy } from '@cyberstroll/contracts';
import type { Counts } from '@cyberstroll/runtime';
import type { Store, TaskRound } from '@cyberstroll/store';
import { toLastGiven } from '@cyberstroll/task-state';

/** Of one pool, in one pass. */
const MAX_RECALLED = 1_000;

/**
 * Makes retries due again at once that a silent node may have got. They are sent again like any repeated retry: when
 * their queue is empty and a node has a free slot.
 */
export async function recallLostOnce(
  { store, nextRetrying }: { store: Pick<Store, 'subTasks' | 'nodes'>; nextRetrying: TaskRound },
  now: Date,
): Promise<Counts> {
  const lost = await store.nodes.findLost(now);
  if (lost.length === 0) return {};
  let recalled = 0;
  for (const [pool, tasks] of groupBy(await nextRetrying(), ({ config }) => config.pool)) {
    const sentBefore = toLastGiven(lost, pool, now);
    if (!sentBefore) continue;
    const taskIds = tasks.map(({ task_id }) => task_id);
    recalled += await store.subTasks.recallSentRetries(taskIds, { sentBefore, now, limit: MAX_RECALLED });
  }
  return { recalled };
}
