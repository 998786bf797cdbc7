import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store, TaskRound } from '@cyberstroll/store';
import { OPERATOR } from '../operator';
import { forEachTask } from './for-each-task';

export interface RollUpSweepDeps {
  store: Pick<Store, 'tasks'>;
  publisher: Publisher;
  realtime: Realtime;
  logger: Logger;
}

/** Tasks that are read at once. */
const TASKS_AT_ONCE = 500;

/**
 * Rolls the counters of open tasks up again. The updaters do this after each batch. This sweep finds the tasks of an
 * updater that died between its commit and its roll-up, and the end of a task that gets no more updates.
 */
export async function rollUpOnce(deps: RollUpSweepDeps & { nextOpen: TaskRound }): Promise<Counts> {
  const counts = { steps: 0 };
  const tasks = await deps.nextOpen();
  for (let first = 0; first < tasks.length; first += TASKS_AT_ONCE) {
    const some = tasks.slice(first, first + TASKS_AT_ONCE);
    const rolledUp = await deps.store.tasks.findRolledUp(some.map(({ task_id }) => task_id));
    const snapshots = new Map(rolledUp.map((snapshot) => [snapshot.task_id, snapshot]));
    await forEachTask(some, deps.logger, async ({ task_id }) => {
      const snapshot = snapshots.get(task_id);
      if (snapshot) await deps.realtime.publishProgress(snapshot);
      else counts.steps += await rollUp(deps, task_id);
    });
  }
  return counts;
}

/** Rolls one task up and publishes its progress and its transitions. Returns the number of transitions. */
export async function rollUp(
  { store, publisher, realtime, logger }: RollUpSweepDeps,
  task_id: string,
): Promise<number> {
  const { snapshot, steps } = await store.tasks.calculateTaskProgress(task_id, OPERATOR);
  await realtime.publishProgress(snapshot);
  for (const { status, reason } of steps) {
    const change = { task_id, status, reason, operator: OPERATOR };
    publishTaskChange(publisher, { ...change, timestamp: new Date(snapshot.timestamp) });
    logger.info(change, 'task changed');
  }
  return steps.length;
}
