import { type Component, createComponent } from '@cyberstroll/runtime';
import { LEASE_PREFIX, type LeaseStore } from '@cyberstroll/store';

/** Which tasks are this replica's to send out. */
export interface TaskLeases extends Component {
  /** Takes or keeps the task's lease; answered from memory while it is fresh. */
  isHeld(taskId: string, now: Date): Promise<boolean>;
  /**
   * Milliseconds for which the task is ours for sure, at 0 or below no longer: they end a moment before the lease does.
   */
  leftMs(taskId: string): number;
  /** The tasks that are ours, as far as is known. */
  countMine(now: Date): number;
}

/** Part of a lease's time after which it is renewed, or, if another replica has it, is asked for again. */
const RENEW_AT = 0.3;
const ASK_AGAIN_AT = 0.1;
/** Part of a lease's time that is left for the last write of a pass. */
const SPARE = 0.1;

/**
 * A dispatch pass runs twenty times a second; asking the database each time would cost more than the pass itself. A
 * process that is stopped in the middle of a write may still repeat a chunk once. The ledger and the fence of the
 * attempt make that harmless.
 */
export function createTaskLeases(leases: LeaseStore, { ttlMs }: { ttlMs: number }): TaskLeases {
  const answers = new Map<string, { mine: boolean; time: number; askedAtMs: number }>();
  const toName = (taskId: string) => `${LEASE_PREFIX.dispatch}${taskId}`;

  function forgetOld(time: number) {
    for (const [taskId, answer] of answers) if (time - answer.time > ttlMs) answers.delete(taskId);
  }

  return {
    ...createComponent('task-leases', {
      async stop() {
        const mine = [...answers].filter(([, answer]) => answer.mine).map(([taskId]) => taskId);
        await Promise.allSettled(mine.map((taskId) => leases.release(toName(taskId))));
      },
    }),
    async isHeld(taskId, now) {
      const time = now.getTime();
      const known = answers.get(taskId);
      if (known && time - known.time < ttlMs * (known.mine ? RENEW_AT : ASK_AGAIN_AT)) return known.mine;
      const askedAtMs = performance.now();
      const mine = await leases.acquire(toName(taskId), ttlMs);
      answers.set(taskId, { mine, time, askedAtMs });
      forgetOld(time);
      return mine;
    },
    leftMs(taskId) {
      const known = answers.get(taskId);
      return known?.mine ? ttlMs * (1 - SPARE) - (performance.now() - known.askedAtMs) : 0;
    },
    countMine: (now) => [...answers.values()].filter(({ mine, time }) => mine && now.getTime() - time <= ttlMs).length,
  };
}
