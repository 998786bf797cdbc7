import type { Task } from '@cyberstroll/contracts';
import { AppError, createSharedRead, within } from '@cyberstroll/runtime';
import type { Database } from '../mongodb/models/database';
import { readTasksAndCounters } from './read-counters';

const READ_AT_ONCE = 100;
/** A read that hangs is given up: the next one has another connection. */
const READ_WITHIN_MS = 4_000;

/**
 * Like `readTasksAndCounters`, for one task. There is one read at a time for all callers, of all tasks that they ask
 * for: a hundred that ask cost the database little more than one, and each gets what was so after it asked.
 */
export function shareReads<Other extends keyof Task = never>(db: Database, others: readonly Other[] = []) {
  const readPage = (taskIds: readonly string[]) =>
    within(readTasksAndCounters(db, taskIds, others), READ_WITHIN_MS, () => new AppError('mongodb_unavailable'));

  return createSharedRead(async (taskIds) => {
    const found: Awaited<ReturnType<typeof readPage>> = [];
    for (let first = 0; first < taskIds.length; first += READ_AT_ONCE) {
      found.push(...(await readPage(taskIds.slice(first, first + READ_AT_ONCE))));
    }
    return new Map(found.map((each) => [each.task.task_id, each]));
  });
}
