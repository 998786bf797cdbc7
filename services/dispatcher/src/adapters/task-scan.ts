import type { DispatchTask, Store } from '@cyberstroll/store';

/** Tasks that one look reads. */
const PAGE = 2_000;

/** The open tasks of the pools that have a node: those that this look has read, and the others as the last looks read them. */
export interface Sighting {
  seen: DispatchTask[];
  others: DispatchTask[];
}

/**
 * Goes round the tasks that can be sent out, a page a look, so that a look stays short however many there are, and each
 * task has its turn whatever holds the others. All are in one page as a rule.
 */
export function createTaskSurvey({ tasks }: Pick<Store, 'tasks'>, limit = PAGE) {
  let known = new Map<string, DispatchTask>();
  /** Those of the round under way: who is missing at its end is gone. */
  let round = new Map<string, DispatchTask>();
  let after: string | undefined;
  /** Before the first round has ended, nobody knows how much is out. */
  let complete = false;

  return {
    async look(pools: readonly string[]): Promise<Sighting> {
      const seen = pools.length > 0 ? await tasks.findForDispatch({ pools: [...new Set(pools)], after, limit }) : [];
      for (const task of seen) {
        known.set(task.task_id, task);
        round.set(task.task_id, task);
      }
      after = seen.length < limit ? undefined : seen.at(-1)!.task_id;
      if (after === undefined) {
        known = round;
        round = new Map();
        complete = true;
      }
      if (!complete) return { seen: [], others: [...known.values()] };
      const ids = new Set(seen.map(({ task_id }) => task_id));
      return { seen, others: [...known.values()].filter(({ task_id }) => !ids.has(task_id)) };
    },
    /** What the next looks must count, though they do not read it. */
    noteSent(taskId: string, count: number): void {
      const task = known.get(taskId);
      if (task) task.cursor += count;
    },
  };
}
