import type { Counts } from '@cyberstroll/runtime';
import { toOverdueUpdates } from '../core/to-lost-updates';
import type { FailDeps } from './fail-held';

const MAX_SUBTASKS = 5_000;

/** Subtasks past their deadline, whoever holds them. */
export async function timeOutSubTasksOnce({ store, updates, countTaken }: FailDeps, now: Date): Promise<Counts> {
  const overdue = await store.subTasks.findOverdue(now, MAX_SUBTASKS);
  const timedOut = await updates.send(toOverdueUpdates(overdue, now), now);
  countTaken('overdue', timedOut);
  return { timed_out: timedOut };
}
