import type { DispatchTask, Store } from '@cyberstroll/store';

/** Tasks that one read returns. */
const PAGE = 2_000;

/** The open tasks of the pools that have a node. */
export interface ScannedTasks {
  /** Those that this call has read. */
  seen: DispatchTask[];
  /** The others, as earlier calls have read them. */
  others: DispatchTask[];
  /** Whether every task has been read since the last round. */
  endsRound: boolean;
}

/**
 * Reads the tasks that can be sent out page by page, one page per call, and begins again at the end. So a call stays
 * short however many tasks there are, and every task has its turn. Usually one page has them all.
 */
export function createTaskScan({ tasks }: Pick<Store, 'tasks'>, limit = PAGE) {
  let known = new Map<string, DispatchTask>();
  /** The tasks of the round under way. A known task that is not among them at its end is gone. */
  let round = new Map<string, DispatchTask>();
  let after: string | undefined;
  /** False in the first round: the number of subtasks that are sent out is not known yet. */
  let complete = false;

  return {
    async read(pools: readonly string[]): Promise<ScannedTasks> {
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
      if (!complete) return { seen: [], others: [...known.values()], endsRound: false };
      const ids = new Set(seen.map(({ task_id }) => task_id));
      const others = [...known.values()].filter(({ task_id }) => !ids.has(task_id));
      return { seen, others, endsRound: after === undefined };
    },
    /** Moves a task's cursor, so that the next calls count what was sent even if they do not read the task. */
    noteSent(taskId: string, count: number): void {
      const task = known.get(taskId);
      if (task) task.cursor += count;
    },
  };
}
