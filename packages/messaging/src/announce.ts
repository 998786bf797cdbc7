import { type Control, type EventEntity, type EventFacts, EXCHANGES, toEvent } from '@cyberstroll/contracts';
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
