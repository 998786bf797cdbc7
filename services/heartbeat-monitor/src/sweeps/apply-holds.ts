import { type Publisher, publishHolds } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { OPERATOR } from '../operator';

/** Windows and blackouts begin and end with this precision, and what a crash left half done is repaired as soon. */
export const HOLD_INTERVAL_MS = 1_000;

/** Holds the tasks that a rule covers since the last pass, and releases those that none holds any more. */
export async function applyHoldsOnce(
  deps: { store: Pick<Store, 'freezes' | 'holds'>; publisher: Publisher; logger: Logger },
  now: Date,
): Promise<Counts> {
  const changed = await deps.store.holds.applyRules(await deps.store.freezes.findAll(now), now);
  publishHolds(deps, changed, { operator: OPERATOR, timestamp: now });
  return { held: changed.held.length, released: changed.released.length };
}
