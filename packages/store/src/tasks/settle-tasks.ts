import { countOpen, type ProgressSnapshot } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import { findFields } from '../mongodb/models/fields';
import { findRollUps, type RollUpDeps } from './roll-up';

/**
 * Marks those of these tasks as settled that have ended and have no open subtask, with their last progress, and closes
 * their ledger. Resolves with the progress of those that it settled.
 */
export async function settleTasks(deps: RollUpDeps, taskIds: readonly string[]): Promise<ProgressSnapshot[]> {
  const { tasks, chunks } = deps.db;
  const rollUps = (await findRollUps(deps, taskIds)).filter(
    ({ snapshot: { status, progress } }) => isEndedTask(status) && countOpen(progress) === 0,
  );
  if (rollUps.length === 0) return [];
  await deps.writer.write(rollUps.flatMap(({ write }) => write ?? []));
  const snapshots = rollUps.map(({ snapshot }) => snapshot);
  const named = { task_id: { $in: snapshots.map(({ task_id }) => task_id) } };
  await chunks.updateMany({ ...named, settled: false }, { $set: { settled: true } });
  const { matchedCount } = await tasks.bulkWrite(
    snapshots.map(({ task_id, rev }) => ({
      updateOne: { filter: { task_id, rev }, update: { $set: { settled: true } } },
    })),
    { ordered: false },
  );
  if (matchedCount === snapshots.length) return snapshots;
  const found = await findFields(tasks, { ...named, settled: true }, ['task_id']).toArray();
  const settled = new Set(found.map(({ task_id }) => task_id));
  return snapshots.filter(({ task_id }) => settled.has(task_id));
}
