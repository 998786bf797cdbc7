import { groupBy, parseSubTaskId } from '@cyberstroll/contracts';

/** Work of one lane runs in the order in which it came. The lanes run side by side. */
export interface Lanes {
  /** By lane, the updates of its subtasks, in their order. Lanes without any are left out. */
  split<Item>(items: readonly Item[], toSubTaskId: (item: Item) => string): Map<number, Item[]>;
  run<Result>(lane: number, work: () => Promise<Result>): Promise<Result>;
  /** Resolves when all that is in a lane now has run. */
  whenPassed(): Promise<void>;
}

/** Neighbours share a lane: their documents are neighbours in the database, and few updates make few transactions. */
const STRIPE = 256;

export function createLanes(count: number): Lanes {
  const tails = new Map<number, Promise<unknown>>();

  /** An id that is not one is rejected in any lane. */
  const toLane = (subTaskId: string) => Math.floor((parseSubTaskId(subTaskId)?.index ?? 0) / STRIPE) % count;

  return {
    split: (items, toSubTaskId) => groupBy(items, (item) => toLane(toSubTaskId(item))),
    run(lane, work) {
      const run = (tails.get(lane) ?? Promise.resolve()).then(work);
      tails.set(
        lane,
        run.catch(() => undefined),
      );
      return run;
    },
    async whenPassed() {
      await Promise.all(tails.values());
    },
  };
}
