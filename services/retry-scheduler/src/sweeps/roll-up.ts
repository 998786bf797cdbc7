import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { RollUp, Store, TaskRound } from '@cyberstroll/store';
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
 * An updater makes a due transition at once, and writes progress within ten seconds. If counters do not move for this
 * long, in milliseconds, and it has not happened, no updater will do it.
 */
const DUE_MS = 2_000;
const UNWRITTEN_MS = 15_000;
/** What was seen of a task is dropped after this time: the task may have ended. */
const DROP_MS = 600_000;

/** Since when a task has had these counters without a roll-up. */
interface Sighting {
  seq: number;
  since: Date;
}

/**
 * Rolls open tasks up whose updater has died between its commit and its roll-up, and tasks that end by the time alone.
 * It leaves tasks alone that a living updater rolls up: reading them, many at once, is all that they cost.
 */
export function createRollUpSweep(deps: RollUpSweepDeps & { nextOpen: TaskRound }): (now: Date) => Promise<Counts> {
  /** The oldest first. */
  const sightings = new Map<string, Sighting>();

  /** Whether the task had the same counters at an earlier look, and how long ago, in milliseconds. */
  function note({ snapshot: { task_id, seq } }: RollUp, now: Date): number | undefined {
    const before = sightings.get(task_id);
    if (before?.seq === seq) return now.getTime() - before.since.getTime();
    sightings.delete(task_id);
    sightings.set(task_id, { seq, since: now });
    return undefined;
  }

  function dropOld(now: Date) {
    for (const [taskId, { since }] of sightings) {
      if (now.getTime() - since.getTime() < DROP_MS) return;
      sightings.delete(taskId);
    }
  }

  return async (now) => {
    const counts = { steps: 0 };
    dropOld(now);
    const tasks = await deps.nextOpen();
    for (let first = 0; first < tasks.length; first += TASKS_AT_ONCE) {
      const ids = tasks.slice(first, first + TASKS_AT_ONCE).map(({ task_id }) => task_id);
      const rollUps = await deps.store.tasks.findRollUps(ids);
      const missing: { task_id: string }[] = [];
      for (const each of rollUps) {
        const { snapshot, steps, write } = each;
        const isDue = steps.length > 0;
        const unchangedMs = isDue || write ? note(each, now) : undefined;
        if (unchangedMs === undefined) continue;
        if (unchangedMs >= (isDue ? DUE_MS : UNWRITTEN_MS)) missing.push(snapshot);
        else await deps.realtime.publishProgress(snapshot);
      }
      await forEachTask(missing, deps.logger, async ({ task_id }) => {
        counts.steps += await rollUp(deps, task_id);
        sightings.delete(task_id);
      });
    }
    return counts;
  };
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
