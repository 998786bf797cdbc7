import type { Store, UnsettledKind, UnsettledTask } from '../store';

/** Tasks that one pass looks at. */
const PAGE = 2_000;

export type TaskRound = () => Promise<UnsettledTask[]>;

/**
 * Goes round the open tasks, the paused, or the ended ones of which something is open, a bounded page per call; the first
 * call after the last page begins anew. So a pass stays short however many there are, and each has its turn.
 */
export function createTaskRound({ tasks }: Pick<Store, 'tasks'>, only: UnsettledKind, limit = PAGE): TaskRound {
  let after: string | undefined;
  return async () => {
    const page = await tasks.findUnsettled(limit, { only, after });
    after = page.length < limit ? undefined : page.at(-1)!.task_id;
    return page;
  };
}
