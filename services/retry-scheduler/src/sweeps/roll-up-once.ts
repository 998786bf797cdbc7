import { announceTaskChange, type Publisher } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Counts, Logger } from '@cyberstroll/runtime';
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
  const { snapshot, steps } = await store.taskStates.calculateTaskProgress(task_id, OPERATOR);
  await realtime.publishProgress(snapshot);
  for (const { status, reason } of steps) {
    const change = { task_id, status, reason, operator: OPERATOR };
    announceTaskChange(publisher, { ...change, timestamp: new Date(snapshot.timestamp) });
    logger.info(change, 'task changed');
  }
  return steps.length;
}
