import { announce, type Publisher, sendControl } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Counts, Logger } from '@cyberstroll/runtime';
import { isEndedTask } from '@cyberstroll/state-machine';
import type { Store, TaskRound } from '@cyberstroll/store';
import { OPERATOR } from '../operator';
import { forEachTask } from './for-each-task';

export interface RollUpDeps {
  store: Store;
  publisher: Publisher;
  realtime: Realtime;
  logger: Logger;
}

/**
 * Rolls the counters of open tasks up once more. The updaters do so after each batch: this pass finds what one of them left
 * undone by dying between its commit and its roll-up, and the end of a task that nobody updates any more.
 */
export async function rollUpOnce(deps: RollUpDeps & { nextOpen: TaskRound }): Promise<Counts> {
  const counts = { steps: 0 };
  await forEachTask(await deps.nextOpen(), deps.logger, async ({ task_id }) => {
    counts.steps += await rollUp(deps, task_id);
  });
  return counts;
}

/** Rolls one task up, and tells what it came to. The number of steps that the task took. */
export async function rollUp({ store, publisher, realtime, logger }: RollUpDeps, task_id: string): Promise<number> {
  const { snapshot, steps } = await store.taskStates.calculateTaskProgress(task_id);
  await realtime.publishProgress(snapshot);
  for (const { status, reason } of steps) {
    logger.info({ task_id, status, reason }, 'task taken on by the sweep');
    announce(publisher, 'task', status, { task_id, reason, operator: OPERATOR }, new Date(snapshot.timestamp));
    if (isEndedTask(status)) sendControl(publisher, { task_id, state: 'ended' });
  }
  return steps.length;
}
