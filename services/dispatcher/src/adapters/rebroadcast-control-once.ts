import { type Publisher, sendControl } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { toControls } from '../core/to-controls';

const MAX_TASKS = 2_000;

/** Tells every node again how tasks stand, so that one that missed it learns it. */
export async function rebroadcastControlOnce(
  { store, publisher }: { store: Store; publisher: Publisher },
  now: Date,
): Promise<Counts> {
  const ended = await store.tasks.findUnsettled(MAX_TASKS, { ended: true });
  const open = await store.tasks.findForDispatch();
  const controls = toControls([...open, ...ended], now);
  for (const control of controls) sendControl(publisher, control);
  return { controls: controls.length };
}
