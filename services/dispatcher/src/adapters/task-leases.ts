import { createComponent } from '@cyberstroll/runtime';
import { LEASE_PREFIX, type LeaseStore } from '@cyberstroll/store';

/** Which tasks are this replica's to send out. */
export type TaskLeases = ReturnType<typeof createTaskLeases>;

/** Part of a lease's time after which it is renewed, or, if another replica has it, is asked for again. */
const RENEW_AT = 0.3;
const ASK_AGAIN_AT = 0.1;
/** Part of a lease's time that is left for the last write of a pass. */
const SPARE = 0.1;

const toName = (taskId: string) => `${LEASE_PREFIX.dispatch}${taskId}`;

/**
 * A dispatch pass runs twenty times a second; asking the database each time would cost more than the pass itself. A
 * process that is stopped in the middle of a write may still repeat a chunk once. The ledger and the fence of the
 * attempt make that harmless.
 */
export function createTaskLeases(leases: LeaseStore, { ttlMs }: { ttlMs: number }) {
  const answers = new Map<string, { mine: boolean; askedAtMs: number }>();
  const isHeld = (taskId: string) => answers.get(taskId)?.mine === true;

  const isYounger = ({ askedAtMs }: { askedAtMs: number }, ms: number) => performance.now() - askedAtMs < ms;

  function isFresh(taskId: string): boolean {
    const known = answers.get(taskId);
    return known !== undefined && isYounger(known, ttlMs * (known.mine ? RENEW_AT : ASK_AGAIN_AT));
  }

  async function renew(taskIds: readonly string[]): Promise<void> {
    const askedAtMs = performance.now();
    if (!(await leases.renewAll(taskIds.map(toName), ttlMs))) return acquire(taskIds);
    for (const taskId of taskIds) answers.set(taskId, { mine: true, askedAtMs });
  }

  async function acquire(taskIds: readonly string[]): Promise<void> {
    const askedAtMs = performance.now();
    const ours = await leases.acquireAll(taskIds.map(toName), ttlMs);
    for (const taskId of taskIds) answers.set(taskId, { mine: ours.has(toName(taskId)), askedAtMs });
  }

  return {
    ...createComponent('task-leases', {
      async stop() {
        const held = [...answers.keys()].filter(isHeld);
        await leases.releaseAll(held.map(toName)).catch(() => undefined);
      },
    }),
    /**
     * Takes or keeps the leases of these tasks, and resolves with the tasks that are ours. Answered from memory while
     * each lease is fresh. If one of ours is not, all of ours are renewed together, so that they fall due together. If
     * one of another replica's is not, all of those are read.
     */
    async hold(taskIds: readonly string[]): Promise<ReadonlySet<string>> {
      for (const [taskId, answer] of answers) if (!isYounger(answer, ttlMs)) answers.delete(taskId);
      const [held, others] = [taskIds.filter(isHeld), taskIds.filter((taskId) => !isHeld(taskId))];
      if (!held.every(isFresh)) await renew(held);
      if (!others.every(isFresh)) await acquire(others);
      return new Set(taskIds.filter(isHeld));
    },
    /**
     * Milliseconds for which the task is ours for sure, at 0 or below no longer: they end a moment before the lease
     * does.
     */
    leftMs(taskId: string): number {
      const known = answers.get(taskId);
      return known?.mine ? ttlMs * (1 - SPARE) - (performance.now() - known.askedAtMs) : 0;
    },
    /** The number of tasks that are ours, as far as is known. */
    countMine: (): number => [...answers.values()].filter((answer) => answer.mine && isYounger(answer, ttlMs)).length,
  };
}
