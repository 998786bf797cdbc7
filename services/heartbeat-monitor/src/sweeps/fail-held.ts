import type { ReassignCause } from '@cyberstroll/contracts';
import type { UpdateSender } from '@cyberstroll/messaging';
import type { Store } from '@cyberstroll/store';
import { toNodeLostUpdates } from '@cyberstroll/task-state';
import type { Orphans } from '../core/to-abandoned-claims';

/** Documents read at once. A node that holds more is looked at again by the next pass. */
const MAX_HELD = 5_000;

export interface FailDeps {
  store: Store;
  updates: UpdateSender;
}

/**
 * Fails what a node holds, or a part of it. Resolves when the broker has it: `complete` is false where there was more than one read
 * gives.
 */
export async function failHeld(
  { store, updates }: FailDeps,
  held: { node_id: string } & Orphans,
  now: Date,
): Promise<{ failed: number; complete: boolean }> {
  const { reason, ...query }: { reason: ReassignCause } & Omit<typeof held, 'reason'> = held;
  const subTasks = await store.subTasks.findHeld({ ...query, limit: MAX_HELD });
  const failed = await updates.send(toNodeLostUpdates(subTasks, reason, reason, now), now);
  return { failed, complete: subTasks.length < MAX_HELD };
}
