import type { ProgressSnapshot, Task } from '@cyberstroll/contracts';
import { AppError, createSharedRead, within } from '@cyberstroll/runtime';
import { type GetFleetPace, toSnapshot } from '@cyberstroll/task-state';
import { readTasksAndCounters, type StandingTask } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';

const OTHERS = ['status_history', 'edits', 'unseen'] as const;

/** The status of a task with its history, and its progress at the same moment. */
export interface Standing {
  task: StandingTask & Pick<Task, (typeof OTHERS)[number]>;
  snapshot: ProgressSnapshot;
  /** How many failed subtasks were tried again. A closed subtask stays as it is while this does. */
  reopened: number;
}

const READ_AT_ONCE = 100;
/** A read that hangs is given up: the next one has another connection. */
const READ_WITHIN_MS = 4_000;

/**
 * Finds the standing of one task. There is one read at a time for all callers, of all tasks that they ask for: a
 * hundred that ask cost the database little more than one, and each gets what was so after it asked.
 */
export function createStandings(
  db: Database,
  getFleetPace: GetFleetPace,
): (taskId: string) => Promise<Standing | undefined> {
  const read = createSharedRead(async (taskIds) => {
    const reading = readTasksAndCounters(db, taskIds, OTHERS);
    const found = await within(reading, READ_WITHIN_MS, () => new AppError('mongodb_unavailable'));
    return new Map(found.map((each) => [each.task.task_id, each]));
  }, READ_AT_ONCE);
  return async (taskId) => {
    const found = await read(taskId);
    if (!found) return undefined;
    const { task, counters } = found;
    const snapshot = await toSnapshot(task, counters, new Date(), getFleetPace);
    return { task, snapshot, reopened: counters.stats.reopened };
  };
}
