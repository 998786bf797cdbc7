import { type Publisher, publishHolds } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { OPERATOR } from '../operator';

/**
 * Writes on tasks what holds them by the rules of now, and releases the others: what is held at each pass, all other
 * open tasks in turn. `publish-rules` applies new rules. This is for readers, and for the clocks of tasks: what may
 * begin is asked of the gate where work is sent.
 */
export function createApplyHolds(deps: {
  store: Pick<Store, 'freezes' | 'holds'>;
  publisher: Publisher;
  logger: Logger;
}): (now: Date) => Promise<Counts> {
  const { holds, freezes } = deps.store;
  let after: string | undefined;
  return async (now) => {
    const rules = await freezes.findAll(now);
    const known = await holds.reviewHeld(rules, now);
    const open = await holds.reviewOpen(rules, now, after);
    after = open.next;
    const changed = { held: [...known.held, ...open.held], released: [...known.released, ...open.released] };
    publishHolds(deps, changed, { operator: OPERATOR, timestamp: now });
    return { held: changed.held.length, released: changed.released.length };
  };
}
