import type { ReassignCause } from '@cyberstroll/contracts';
import type { Publisher, ServiceUpdateSender } from '@cyberstroll/messaging';
import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { toNodeLostUpdates } from '@cyberstroll/task-state';
import type { AbandonedClaims } from '../core/to-abandoned-claims';

/** Subtasks per node and pass. The next pass fails the others. */
const MAX_HELD = 5_000;

export interface FailDeps {
  store: Pick<Store, 'subTasks'>;
  updates: ServiceUpdateSender;
}

/** What the sweeps about silent, restarted and doubled nodes use. */
export interface NodeSweepDeps extends FailDeps {
  store: Pick<Store, 'subTasks' | 'nodes' | 'alerts' | 'fleetEvents'>;
  publisher: Publisher;
  logger: Logger;
}

/**
 * Fails the claims of a node that the query finds. Resolves when RabbitMQ has confirmed the updates. `complete` is
 * false if there may be more claims than one read returns.
 */
export async function failHeld(
  { store, updates }: FailDeps,
  held: { node_id: string } & AbandonedClaims,
  now: Date,
): Promise<{ failed: number; complete: boolean }> {
  const { reason, ...query }: { reason: ReassignCause } & Omit<typeof held, 'reason'> = held;
  const subTasks = await store.subTasks.findHeld({ ...query, limit: MAX_HELD });
  const failed = await updates.send(toNodeLostUpdates(subTasks, reason, reason, now), now);
  return { failed, complete: subTasks.length < MAX_HELD };
}
