import type { ServiceUpdateSender } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store, TaskRound } from '@cyberstroll/store';
import { toCancelUpdates } from '@cyberstroll/task-state';
import { OPERATOR } from '../operator';
import { forEachTask } from './for-each-task';

const MAX_OPEN = 5_000;

export interface FollowDeps {
  store: Pick<Store, 'tasks' | 'subTasks'>;
  updates: ServiceUpdateSender;
  realtime: Realtime;
  logger: Logger;
  nextEnded: TaskRound;
}

/** Cancels the open subtasks of ended tasks. A task without open subtasks is settled. */
export async function followEndedOnce(
  { store, updates, realtime, logger, nextEnded }: FollowDeps,
  now: Date,
): Promise<Counts> {
  const ended = await nextEnded();
  const counts = { cancelled: 0, settled: 0 };
  await forEachTask(ended, logger, async ({ task_id, status }) => {
    const open = await store.subTasks.findOpen(task_id, MAX_OPEN);
    counts.cancelled += await updates.send(toCancelUpdates(open, status, now), now);
    const { snapshot } = await store.tasks.calculateTaskProgress(task_id, OPERATOR);
    await realtime.publishProgress(snapshot);
    if (open.length === 0 && (await store.tasks.settleTask(task_id))) counts.settled++;
  });
  return counts;
}
