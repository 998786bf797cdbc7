import { type Publisher, publishHolds } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { OPERATOR } from '../operator';

/**
 * Writes on tasks what holds them by the rules of now, and releases those that nothing holds any more. That is for
 * readers, and for the clocks of tasks: what may begin is asked of the gate where work is sent.
 */
export async function applyHoldsOnce(
  deps: { store: Pick<Store, 'freezes' | 'holds'>; publisher: Publisher; logger: Logger },
  now: Date,
): Promise<Counts> {
  const changed = await deps.store.holds.applyRules(await deps.store.freezes.findAll(now), now);
  publishHolds(deps, changed, { operator: OPERATOR, timestamp: now });
  return { held: changed.held.length, released: changed.released.length };
}
