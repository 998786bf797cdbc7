import { type Publisher, sendControl } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { REPEAT_MS, toControls } from '../core/to-controls';

const MAX_TASKS = 2_000;

/** Tells every node again how tasks stand, so that one that missed it learns it. */
export async function rebroadcastControlOnce(
  { store, publisher }: { store: Store; publisher: Publisher },
  now: Date,
): Promise<Counts> {
  const tasks = [
    ...(await store.tasks.findUnsettled(MAX_TASKS, { ended: true })),
    ...(await store.tasks.findEnded(new Date(now.getTime() - REPEAT_MS), MAX_TASKS)),
    ...(await store.tasks.findForDispatch()),
  ];
  // The last look counts: a task may be taken up again between two of them.
  const controls = toControls([...new Map(tasks.map((task) => [task.task_id, task])).values()], now);
  for (const control of controls) sendControl(publisher, control);
  return { controls: controls.length };
}
