import { toPortions } from '@cyberstroll/contracts';
import type { TaskRound } from '@cyberstroll/coordination';
import type { ServiceUpdateSender } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { toCancelUpdates } from '@cyberstroll/task-state';
import { OPERATOR } from '../operator';
import { forEachTask } from './for-each-task';

const MAX_OPEN = 5_000;
const SETTLED_AT_ONCE = 500;

export interface FollowDeps {
  store: Pick<Store, 'tasks' | 'subTasks'>;
  updates: ServiceUpdateSender;
  realtime: Realtime;
  logger: Logger;
  nextEnded: TaskRound;
}

/** Settles ended tasks without open subtasks. Cancels the open subtasks of the others. */
export async function followEndedOnce(
  { store, updates, realtime, logger, nextEnded }: FollowDeps,
  now: Date,
): Promise<Counts> {
  const ended = await nextEnded();
  const settled = new Set<string>();
  for (const some of toPortions(ended, SETTLED_AT_ONCE)) {
    for (const snapshot of await store.tasks.settleTasks(some.map(({ task_id }) => task_id))) {
      settled.add(snapshot.task_id);
      await realtime.publishProgress(snapshot);
    }
  }
  const counts = { cancelled: 0, settled: settled.size };
  const others = ended.filter(({ task_id }) => !settled.has(task_id));
  await forEachTask(others, logger, async ({ task_id, status }) => {
    const open = await store.subTasks.findOpen(task_id, MAX_OPEN);
    // An operator may have retried some of it since the task was read: it has not ended any more.
    if ((await store.tasks.getTaskStatus(task_id)).status !== status) return;
    counts.cancelled += await updates.send(toCancelUpdates(open, status, now), now);
    const { snapshot } = await store.tasks.calculateTaskProgress(task_id, OPERATOR);
    await realtime.publishProgress(snapshot);
  });
  return counts;
}
