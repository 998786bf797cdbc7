import {
  type Control,
  type EventEntity,
  type EventFacts,
  EXCHANGES,
  MAX_LOST_LEASES,
  toEvent,
} from '@cyberstroll/contracts';
import type { Publisher } from './publisher';

type Sender = Pick<Publisher, 'tryPublish'>;

/** Tells `cs.events` what has changed or happened. A notice: nothing depends on its arrival. False where it was not sent. */
export function announce(publisher: Sender, entity: EventEntity, name: string, facts: EventFacts, now: Date): boolean {
  const event = toEvent(entity, name, facts, now);
  return publisher.tryPublish(EXCHANGES.events.name, event.type, event);
}

/** Tells every node how a task stands; said again while it holds, so none of them must arrive. False where it was not sent. */
export const sendControl = (publisher: Sender, control: Control): boolean =>
  publisher.tryPublish(EXCHANGES.control.name, '', control);

/** Tells every node which leases hold no more, in as few messages as they may come in. */
export function sendLostLeases(publisher: Sender, leaseIds: readonly string[]): void {
  for (let first = 0; first < leaseIds.length; first += MAX_LOST_LEASES) {
    sendControl(publisher, { state: 'lost', lease_ids: leaseIds.slice(first, first + MAX_LOST_LEASES) });
  }
}
