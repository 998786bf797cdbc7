import type { Counts } from '@cyberstroll/runtime';
import type { Store, TaskRound } from '@cyberstroll/store';
import { toLastGiven } from '@cyberstroll/task-state';

/** Of one task, in one pass. */
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
  const tasks = await nextRetrying();
  const sent = await store.subTasks.findSentRetries(tasks.map(({ task_id }) => task_id));
  const given = tasks.flatMap(({ task_id, config }) => {
    const sentBefore = toLastGiven(lost, config.pool, now);
    return sentBefore && sent.has(task_id) ? [{ task_id, sentBefore }] : [];
  });
  return { recalled: await store.subTasks.recallSentRetries(given, now, MAX_RECALLED) };
}
