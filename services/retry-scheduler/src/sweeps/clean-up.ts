import type { Realtime } from '@cyberstroll/realtime';
import {
  AppError,
  type Component,
  type Counts,
  createComponent,
  delay,
  type Leadership,
  type Logger,
} from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { archiveTask } from '../adapters/archive-task';
import { OPERATOR } from '../operator';

export interface CleanUpDeps {
  store: Store;
  realtime: Realtime;
  logger: Logger;
  /** Asked again and again: a pass may take longer than a lease lasts. */
  leadership: Pick<Leadership, 'isLeader'>;
  instance: string;
  expireDays: number;
  /** Between two looks for tasks that have expired; what an operator asks for is found at each pass. */
  intervalMs: number;
  archiveDir?: string | undefined;
}

export interface CleanUpSweep {
  sweepOnce(now: Date): Promise<Counts>;
  /** Its stop ends a pass under way at the next step. */
  component: Component;
}

const MAX_TASKS = 1_000;
/** After a failure: a full disk is not full for a moment only. */
const REST_MS = 60_000;

/**
 * Archives and deletes what has expired, and what an operator has asked to clean up. Between two deletes it rests for as
 * long as the first took, so that half of the database's time at most is its own.
 */
export function createCleanUp(deps: CleanUpDeps): CleanUpSweep {
  const { store, realtime, logger, leadership, expireDays, intervalMs, archiveDir: directory } = deps;
  const stopping = new AbortController();
  let nextLookMs = Number.NEGATIVE_INFINITY;
  let restsUntilMs = Number.NEGATIVE_INFINITY;

  const goesOn = async () => !stopping.signal.aborted && (await leadership.isLeader());

  /** What an operator has asked for, and the clock. */
  async function markRequested(): Promise<void> {
    while ((await goesOn()) && (await store.cleanUp.markRequested()) !== undefined);
  }

  async function requestExpired(now: Date): Promise<void> {
    const expired = await store.cleanUp.findExpired({ expireDays, limit: MAX_TASKS, now });
    const taskIds = expired.map(({ task_id }) => task_id);
    await store.cleanUp.request(taskIds, OPERATOR, now);
    await markRequested();
    if (taskIds.length < MAX_TASKS) nextLookMs = now.getTime() + intervalMs;
  }

  /** Documents deleted; undefined where the task is to be kept after all, or the pass ends before it is gone. */
  async function cleanUpTask(taskId: string, isDeleting: boolean, now: Date): Promise<number | undefined> {
    if (!isDeleting) {
      if (directory && !(await archiveTask({ ...deps, directory }, taskId, goesOn))) return undefined;
      if (!(await store.cleanUp.beginDeletion(taskId, now))) return undefined;
    }
    await realtime.forgetProgress(taskId);
    let documents = 0;
    let place: number | undefined;
    do {
      if (!(await goesOn())) return undefined;
      const begunMs = performance.now();
      const step: { deleted: number; next: number | undefined } = await store.cleanUp.deleteSome(taskId, place);
      documents += step.deleted;
      place = step.next;
      if (step.deleted > 0) await delay(performance.now() - begunMs, stopping.signal);
    } while (place !== undefined);
    return documents;
  }

  async function sweepOnce(now: Date): Promise<Counts> {
    if (now.getTime() < restsUntilMs) return {};
    await markRequested();
    if (now.getTime() >= nextLookMs) await requestExpired(now);
    const counts = { tasks: 0, documents: 0 };
    const failed: { taskId: string; error: unknown }[] = [];
    for (const { task_id: taskId, isDeleting } of await store.cleanUp.findRequested(MAX_TASKS)) {
      if (!(await goesOn())) break;
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
      restsUntilMs = now.getTime() + REST_MS;
      const { taskId, error } = failed[0]!;
      throw new Error(`${failed.length} tasks could not be cleaned up, the first: ${taskId}`, { cause: error });
    }
    return counts;
  }

  return { sweepOnce, component: createComponent('clean-up', { stop: () => stopping.abort() }) };
}
