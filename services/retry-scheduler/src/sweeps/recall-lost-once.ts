import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { toLastGiven } from '@cyberstroll/task-state';

const MAX_RECALLED = 1_000;

/**
 * Makes retries due again at once that a silent node may have got. They are sent again like any repeated retry: when
 * their queue is empty and a node has a free slot.
 */
export async function recallLostOnce(
  { store }: { store: Pick<Store, 'tasks' | 'subTasks' | 'nodes'> },
  now: Date,
): Promise<Counts> {
  const lost = await store.nodes.findLost(now);
  if (lost.length === 0) return {};
  const sent = await store.subTasks.findSentRetries({ sentBefore: now, now, limit: MAX_RECALLED });
  const tasks = await store.tasks.findOpen([...new Set(sent.map(({ task_id }) => task_id))]);
  const lastGiven = new Map(tasks.map(({ task_id, config }) => [task_id, toLastGiven(lost, config.pool, now)]));
  const recalled = sent.filter(({ task_id, retry_sent_time }) => {
    const until = lastGiven.get(task_id);
    return until !== undefined && retry_sent_time !== undefined && retry_sent_time <= until;
  });
  await store.subTasks.putOffRetries(
    recalled.map(({ subtask_id }) => subtask_id),
    now,
  );
  return { recalled: recalled.length };
}
