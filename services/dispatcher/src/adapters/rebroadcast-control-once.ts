import { type Publisher, sendControl } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import { createTaskRound, type Store } from '@cyberstroll/store';
import { REPEAT_MS, toControls } from '../core/to-controls';

const MAX_TASKS = 2_000;

/** Tells every node again how tasks stand, so that one that missed it learns it. */
export function createControlRebroadcast({
  store,
  publisher,
}: {
  store: Store;
  publisher: Publisher;
}): (now: Date) => Promise<Counts> {
  const nextEnded = createTaskRound(store, 'ended', MAX_TASKS);
  const nextPaused = createTaskRound(store, 'paused', MAX_TASKS);

  return async function rebroadcastControlOnce(now) {
    const since = new Date(now.getTime() - REPEAT_MS);
    const tasks = [
      ...(await nextEnded()),
      ...(await store.tasks.findEnded(since, MAX_TASKS)),
      ...(await nextPaused()),
      ...(await store.tasks.findResumed(since, MAX_TASKS)),
    ];
    // The last look counts: a task may be taken up again between two of them.
    const controls = toControls([...new Map(tasks.map((task) => [task.task_id, task])).values()], now);
    for (const control of controls) sendControl(publisher, control);
    return { controls: controls.length };
  };
}
