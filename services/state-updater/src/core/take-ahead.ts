import { groupBy, type SubTaskUpdate } from '@cyberstroll/contracts';
import { isHeldSubTask } from '@cyberstroll/state-machine';

interface OfSubTask {
  update: Pick<SubTaskUpdate, 'subtask_id' | 'status'>;
}

/**
 * The updates of a batch, and behind those of each subtask the ones that come after the batch, in their order. So a
 * claim whose result is here already is written together with it: one document is inserted, and none is read and
 * replaced. This happens while updates come faster than they are applied.
 *
 * `findAhead` gives what comes after the batch. It is called only if the batch has a claim or the begin of a scan. Of
 * other subtasks nothing more is to come soon, and to read messages before their turn takes time and memory.
 */
export function takeAhead<Update extends OfSubTask>(
  own: readonly Update[],
  findAhead: () => readonly Update[],
): readonly Update[] {
  if (!own.some(({ update }) => isHeldSubTask(update.status))) return own;
  const bySubTask = groupBy(own, ({ update }) => update.subtask_id);
  let taken = 0;
  for (const each of findAhead()) {
    const updates = bySubTask.get(each.update.subtask_id);
    if (!updates) continue;
    updates.push(each);
    taken += 1;
  }
  return taken === 0 ? own : [...bySubTask.values()].flat();
}
