import { QUEUES, type Sender } from '@cyberstroll/contracts';
import { type Delivery, type Publisher, toSource } from '@cyberstroll/messaging';
import { type Rejection, toDeadLetter } from '../core/validate-envelope';

export interface Refused {
  rejection: Rejection;
  sender: Sender;
  /** What it came in. */
  delivery: Delivery;
}

/** So many of the largest have room in the outbox. More at once would be refused, and the whole batch begun anew for ever. */
const AT_ONCE = 16;

/** Resolves when the broker has a dead letter for each; where some were sent before, the keeper knows them for the same. */
export async function sendDeadLetters(publisher: Publisher, refused: readonly Refused[], now: Date): Promise<void> {
  const sources = new Map<Delivery, string>();
  for (let first = 0; first < refused.length; first += AT_ONCE) {
    await Promise.all(
      refused.slice(first, first + AT_ONCE).map(({ rejection, sender, delivery }) => {
        const source = sources.get(delivery) ?? toSource(delivery);
        sources.set(delivery, source);
        const { exchange } = delivery;
        const deadLetter = toDeadLetter(rejection, { sender, source, queue: QUEUES.stateUpdates.name, exchange, now });
        return publisher.deadLetter(deadLetter);
      }),
    );
  }
}
