import { groupBy } from '@cyberstroll/contracts';

interface OfSubTask {
  update: { subtask_id: string };
}

/**
 * The updates of a batch, and behind those of each subtask the ones that come after the batch, in their order. So a
 * claim whose result is here already is written together with it: one document is inserted, and none is read and
 * replaced. This happens while updates come faster than they are applied.
 */
export function takeAhead<Update extends OfSubTask>(
  own: readonly Update[],
  ahead: readonly Update[],
): readonly Update[] {
  if (ahead.length === 0) return own;
  const bySubTask = groupBy(own, ({ update }) => update.subtask_id);
  let taken = 0;
  for (const each of ahead) {
    const updates = bySubTask.get(each.update.subtask_id);
    if (!updates) continue;
    updates.push(each);
    taken += 1;
  }
  return taken === 0 ? own : [...bySubTask.values()].flat();
}
