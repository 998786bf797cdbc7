import type { ProgressSnapshot } from '@cyberstroll/contracts';
import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { MovedTask, Store } from '@cyberstroll/store';
import { OPERATOR } from '../operator';
import { forEachTask } from './for-each-task';

export interface RollUpSweepDeps {
  store: Pick<Store, 'tasks'>;
  publisher: Publisher;
  realtime: Realtime;
  logger: Logger;
}

/** Open tasks that one pass looks through, and tasks that are read whole at once. */
const PAGE = 2_000;
const TASKS_AT_ONCE = 500;
/**
 * An updater makes a due transition at once, and writes progress within ten seconds. If counters do not move for this
 * long, in milliseconds, and it has not happened, no updater will do it.
 */
const DUE_MS = 2_000;
const UNWRITTEN_MS = 15_000;
/** What was seen of a task is dropped after this time: the task may have ended. */
const DROP_MS = 600_000;

/** Since when a task has had this seq without a roll-up, and when it is to be looked at. */
interface Sighting {
  seq: number;
  since: Date;
  lookAt: Date;
}

/**
 * Rolls open tasks up whose updater has died between its commit and its roll-up, and tasks that end by the time alone.
 * It leaves tasks alone that a living updater rolls up: of a task that moves it reads two numbers, and of a task whose
 * document shows all that was counted nothing more.
 */
export function createRollUpSweep(
  deps: RollUpSweepDeps,
  { page = PAGE }: { page?: number } = {},
): (now: Date) => Promise<Counts> {
  /** The oldest first. */
  const sightings = new Map<string, Sighting>();
  let after: string | undefined;

  /** Whether to look at the task: it has not moved since an earlier pass. */
  function note({ task_id, seq }: MovedTask, now: Date): boolean {
    const before = sightings.get(task_id);
    if (before?.seq === seq) return now >= before.lookAt;
    sightings.delete(task_id);
    sightings.set(task_id, { seq, since: now, lookAt: now });
    return false;
  }

  function dropOld(now: Date) {
    for (const [taskId, { since }] of sightings) {
      if (now.getTime() - since.getTime() < DROP_MS) return;
      sightings.delete(taskId);
    }
  }

  /** Publishes the progress of these tasks. Resolves with those that no updater rolls up any more. */
  async function findMissing(taskIds: readonly string[], now: Date): Promise<ProgressSnapshot[]> {
    const missing: ProgressSnapshot[] = [];
    for (const { snapshot, isDue } of await deps.store.tasks.findRollUps(taskIds)) {
      const sighting = sightings.get(snapshot.task_id)!;
      if (snapshot.seq !== sighting.seq) continue;
      const dueAt = new Date(sighting.since.getTime() + (isDue ? DUE_MS : UNWRITTEN_MS));
      if (now >= dueAt) {
        missing.push(snapshot);
        continue;
      }
      sighting.lookAt = dueAt;
      await deps.realtime.publishProgress(snapshot);
    }
    return missing;
  }

  return async (now) => {
    const counts = { steps: 0 };
    dropOld(now);
    const { tasks, next } = await deps.store.tasks.findMoved({ after, limit: page, now });
    after = next;
    const still = tasks.filter((task) => note(task, now)).map(({ task_id }) => task_id);
    for (let first = 0; first < still.length; first += TASKS_AT_ONCE) {
      const missing = await findMissing(still.slice(first, first + TASKS_AT_ONCE), now);
      await forEachTask(missing, deps.logger, async ({ task_id }) => {
        counts.steps += await rollUp(deps, task_id);
        sightings.delete(task_id);
      });
    }
    return counts;
  };
}

/** Rolls one task up and publishes its progress and its transitions. Returns the number of transitions. */
export async function rollUp(deps: RollUpSweepDeps, task_id: string): Promise<number> {
  const { snapshot, transitions } = await deps.store.tasks.calculateTaskProgress(task_id, OPERATOR);
  const timestamp = new Date(snapshot.timestamp);
  await publishTaskChange(deps, { task_id, transitions, operator: OPERATOR, timestamp, snapshot });
  return transitions.length;
}
