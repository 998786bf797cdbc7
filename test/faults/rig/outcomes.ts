import { eventually } from '@cyberstroll/testkit';
import { toOutcome } from '../checker/hash-outcome';
import type { Rig } from './rig';

/** All of a task's subtasks without what is another's by nature: its ids and its leases. */
export async function findOutcomes(rig: Rig, taskId: string): Promise<string[]> {
  const { subTasks } = await rig.database.dump(taskId);
  return [...subTasks]
    .sort((a, b) => a.index - b.index)
    .map(({ index, lease_id: _, ...rest }) => toOutcome({ ...rest, index, subtask_id: String(index) }));
}

/** Resolves when the updaters have answered for this number of updates more than `before`; with the outcomes. */
export async function waitForOutcomes(rig: Rig, before: Awaited<ReturnType<Rig['countOutcomes']>>, count: number) {
  return eventually(
    async () => {
      const now = await rig.countOutcomes();
      const more = {
        applied: now.applied - before.applied,
        duplicate: now.duplicate - before.duplicate,
        stale: now.stale - before.stale,
        rejected: now.rejected - before.rejected,
      };
      const sum = more.applied + more.duplicate + more.stale + more.rejected;
      if (sum !== count) throw new Error(`${sum} outcomes instead of ${count}`);
      return more;
    },
    { timeoutMs: 180_000, intervalMs: 100 },
  );
}
