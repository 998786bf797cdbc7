import { type DeadLetter, QUEUES, type Sender, toPortions } from '@cyberstroll/contracts';
import { type Delivery, type Publisher, toSource } from '@cyberstroll/messaging';
import type { Rejection } from '@cyberstroll/task-state';

export interface RejectedUpdate {
  rejection: Rejection;
  sender: Sender;
  /** The message that it came in. */
  delivery: Delivery;
}

/**
 * The outbox has room for this many dead letters of the largest size. It refuses more, and then the whole batch would
 * never end.
 */
const AT_ONCE = 16;

/**
 * Resolves when the broker has confirmed a dead letter for each. A repeat sends some of them again: the source is the
 * same, so they are stored once.
 */
export async function sendDeadLetters(
  publisher: Publisher,
  rejected: readonly RejectedUpdate[],
  now: Date,
): Promise<void> {
  const sources = new Map<Delivery, string>();
  for (const some of toPortions(rejected, AT_ONCE)) {
    await Promise.all(
      some.map((each) => {
        const source = sources.get(each.delivery) ?? toSource(each.delivery);
        sources.set(each.delivery, source);
        return publisher.deadLetter(toUpdateDeadLetter(each, { source, now }));
      }),
    );
  }
}

/** `source` names the message that the update came in. */
export function toUpdateDeadLetter(
  { rejection, sender, delivery }: RejectedUpdate,
  { source, now }: { source: string; now: Date },
): DeadLetter {
  const from = sender.operator ?? sender.node_id;
  return {
    ...rejection,
    queue: QUEUES.stateUpdates.name,
    exchange: delivery.exchange,
    first_seen: now.toISOString(),
    source,
    ...(delivery.userId !== undefined && { user_id: delivery.userId }),
    // An envelope without a sender is rejected whole.
    ...(from !== undefined && { sender: from, update_sender: sender }),
  };
}
