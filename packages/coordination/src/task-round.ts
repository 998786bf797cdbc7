import type { Store, UnsettledKind, UnsettledTask } from '@cyberstroll/store';

/** How many tasks one pass looks at. */
const PAGE = 2_000;

export type TaskRound = () => Promise<UnsettledTask[]>;

/**
 * Walks the open tasks, the paused tasks, or the ended tasks with open subtasks, one page per call. After the last
 * page it starts again. So a pass stays short however many tasks there are, and every task has its turn.
 */
export function createTaskRound({ tasks }: Pick<Store, 'tasks'>, only: UnsettledKind, limit = PAGE): TaskRound {
  let after: string | undefined;
  return async () => {
    const page = await tasks.findUnsettled(limit, { only, after });
    after = page.length < limit ? undefined : page.at(-1)!.task_id;
    return page;
  };
}
