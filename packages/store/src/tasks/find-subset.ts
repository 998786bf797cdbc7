import type { Only } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { createTargetSubset, parseTargets, type TargetSet } from '@cyberstroll/targets';
import { EXCLUDED_REASON } from '@cyberstroll/task-state';
import { taskNotFound } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { findFields } from '../mongodb/models/fields';
import { toNextWidth, toWindow } from '../subtasks/results/result-windows';
import { createTaskTargets } from './task-targets';

/** Which subtasks are meant. Each is read from its own index, in the order of the task. */
const FILTERS: Record<Only, object[]> = {
  // An operator's cancel of the task has another reason.
  excluded: [{ status: 'CANCELLED', 'status_history.reason': { $regex: `^${EXCLUDED_REASON}` } }],
  failed: [{ status: 'FAILED' }, { status: 'TIMEOUT' }],
  open: [{ has_open_ports: true }],
};
const FIRST_WIDTH = 4_096n;
const BATCH = 5_000;

export interface SubsetQuery {
  only: Only;
  maxIntervals: number;
  /** Gives up, with AppError `no_answer_in_time`. */
  signal: AbortSignal;
}

/**
 * The addresses of some of a task's subtasks. Undefined if they are more than `maxIntervals` intervals. Memory takes a
 * bit for each target of the task, and one batch of indexes.
 */
export async function findSubset(
  db: Database,
  taskId: string,
  { only, maxIntervals, signal }: SubsetQuery,
): Promise<TargetSet | undefined> {
  const found = await createTaskTargets(db).find(taskId);
  if (!found) throw taskNotFound(taskId);
  const segments = found.target_segments;
  const subset = createTargetSubset(segments);
  const last = BigInt(segments.reduce((sum, { count }) => sum + count, 0)) - 1n;
  for (const filter of FILTERS[only]) {
    const range = { first: 0n, last };
    for (let width = FIRST_WIDTH; range.first <= last; ) {
      if (signal.aborted) throw new AppError('no_answer_in_time');
      const window = toWindow(range, width);
      const index = { $gte: Number(window.first), $lte: Number(window.last) };
      const some = findFields(db.subTasks, { task_id: taskId, ...filter, index }, ['index'], { batchSize: BATCH });
      let count = 0;
      for await (const subTask of some) {
        subset.add(subTask.index);
        count += 1;
      }
      range.first = window.last + 1n;
      width = toNextWidth(width, count);
    }
  }
  const cancelled = subset.toSet(maxIntervals);
  if (only !== 'excluded' || !cancelled || found.excluded_target === undefined) return cancelled;
  const lost = cancelled.union(parseTargets(found.excluded_target));
  return lost.intervals.length > maxIntervals ? undefined : lost;
}
