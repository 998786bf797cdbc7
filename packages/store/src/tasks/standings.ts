import type { ProgressSnapshot, Task } from '@cyberstroll/contracts';
import { type GetFleetPace, toSnapshot } from '@cyberstroll/task-state';
import type { StandingTask } from '../counters/read-counters';
import { shareReads } from '../counters/share-reads';
import type { Database } from '../mongodb/models/database';

/** The status of a task with its history, and its progress at the same moment. */
export interface Standing {
  task: StandingTask & Pick<Task, 'status_history' | 'edits'>;
  snapshot: ProgressSnapshot;
}

/** Finds the standing of one task. Calls at the same time share reads. */
export function createStandings(
  db: Database,
  getFleetPace: GetFleetPace,
): (taskId: string) => Promise<Standing | undefined> {
  const read = shareReads(db, ['status_history', 'edits']);
  return async (taskId) => {
    const found = await read(taskId);
    if (!found) return undefined;
    const { task, counters } = found;
    return { task, snapshot: await toSnapshot(task, counters, new Date(), getFleetPace) };
  };
}
