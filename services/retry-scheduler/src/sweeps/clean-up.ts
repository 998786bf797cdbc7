import type { Realtime } from '@cyberstroll/realtime';
import { AppError, type Counts, createComponent, delay, type Leadership, type Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { archiveTask } from '../adapters/archive-task';
import { OPERATOR } from '../operator';

export interface CleanUpDeps {
  store: Pick<Store, 'cleanUp' | 'findings'>;
  realtime: Realtime;
  logger: Logger;
  /** Checked at each step, since a pass may take longer than a lease lasts. */
  leadership: Pick<Leadership, 'isLeader'>;
  /** It takes the large tasks alone. The other sweep takes requests and all other tasks. */
  isLarge?: boolean;
  instance: string;
  expireDays: number;
  /** Milliseconds between two checks for expired tasks. The requests of operators are read at each pass. */
  intervalMs: number;
  archiveDir?: string | undefined;
}

const MAX_TASKS = 1_000;
/** Wait after a failure: a full disk stays full for a while. */
const REST_MS = 60_000;

/**
 * Archives and deletes expired tasks, and tasks that an operator asked to clean up. After each delete it pauses for as
 * long as the delete took, so that each of the two
 * sweeps uses half of the time of one connection at most.
 */
export function createCleanUpSweep(deps: CleanUpDeps) {
  const { store, realtime, logger, leadership, isLarge = false, expireDays, intervalMs, archiveDir: directory } = deps;
  const stopping = new AbortController();
  let nextCheckMs = Number.NEGATIVE_INFINITY;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;

  const mayContinue = async () => !stopping.signal.aborted && (await leadership.isLeader());

  /** Marks the tasks of every request: those of operators, and the one for expired tasks. */
  async function markRequested(): Promise<void> {
    while ((await mayContinue()) && (await store.cleanUp.markRequested()) !== undefined);
  }

  async function requestExpired(now: Date): Promise<void> {
    const expired = await store.cleanUp.findExpired({ expireDays, limit: MAX_TASKS, now });
    const taskIds = expired.map(({ task_id }) => task_id);
    await store.cleanUp.request(taskIds, OPERATOR, now);
    await markRequested();
    if (taskIds.length < MAX_TASKS) nextCheckMs = now.getTime() + intervalMs;
  }

  /**
   * The number of deleted documents; undefined if the task is kept after all, or the pass ends before the task is gone.
   */
  async function cleanUpTask(taskId: string, isDeleting: boolean, now: Date): Promise<number | undefined> {
    if (!isDeleting) {
      if (directory && !(await archiveTask({ ...deps, directory }, taskId, mayContinue))) return undefined;
      if (!(await store.cleanUp.beginDeletion(taskId, now))) return undefined;
    }
    await realtime.forgetProgress(taskId);
    let documents = 0;
    let place: number | undefined;
    do {
      if (!(await mayContinue())) return undefined;
      const begunMs = performance.now();
      const step: { deleted: number; next: number | undefined } = await store.cleanUp.deleteSome(taskId, place);
      documents += step.deleted;
      place = step.next;
      if (step.deleted > 0) await delay(performance.now() - begunMs, stopping.signal);
    } while (place !== undefined);
    return documents;
  }

  /** Resolves with undefined if there is no task to delete. */
  async function sweepOnce(now: Date): Promise<Counts | undefined> {
    if (now.getTime() < pausedUntilMs) return undefined;
    if (!isLarge) {
      await markRequested();
      if (now.getTime() >= nextCheckMs) await requestExpired(now);
    }
    const counts = { tasks: 0, documents: 0 };
    const failed: { taskId: string; error: unknown }[] = [];
    const requested = await store.cleanUp.findRequested(MAX_TASKS, isLarge);
    if (requested.length === 0) return undefined;
    for (const { task_id: taskId, isDeleting } of requested) {
      if (!(await mayContinue())) break;
      try {
        const documents = await cleanUpTask(taskId, isDeleting, now);
        if (documents === undefined) continue;
        counts.tasks += 1;
        counts.documents += documents;
        logger.debug({ task_id: taskId, documents }, 'task deleted');
      } catch (error) {
        if (error instanceof AppError) throw error;
        failed.push({ taskId, error });
      }
    }
    if (counts.tasks > 0) logger.info({ ...counts, archived: directory !== undefined }, 'tasks cleaned up');
    if (failed.length > 0) {
      pausedUntilMs = now.getTime() + REST_MS;
      const { taskId, error } = failed[0]!;
      throw new Error(
        `${failed.length} tasks could not be cleaned up (tried again after a minute); the first is ${taskId}`,
        { cause: error },
      );
    }
    return counts;
  }

  return {
    sweepOnce,
    /** Its stop ends a running pass at the next step. */
    component: createComponent('clean-up', { stop: () => stopping.abort() }),
  };
}
