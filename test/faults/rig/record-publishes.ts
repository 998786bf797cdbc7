import { channel } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import type { PublishedMessage } from '@cyberstroll/messaging';

/** A line of a publisher's record: a message that was handed over, or the number of one that was confirmed. */
export type PublishRecord = { number: number; content: string } | { confirmed: number };

/**
 * What is recorded, and the names of the publishers' channels that report it. A service gets them from outside: with
 * the packages that know them, beside those in its bundle, each process would take nearly twice as long to start.
 */
export interface Recorded {
  exchanges: readonly string[];
  routingKey: string;
  handedOver: string;
  confirmed: string;
}

/**
 * Appends the state updates that this process publishes to `file`, before anything else happens: each message when it
 * is handed over, and its number when the broker has confirmed it. Returns a function that ends the recording.
 */
export function recordPublishes(file: string, recorded: Recorded): () => void {
  const numbers = new WeakMap<object, number>();
  let last = 0;
  const write = (record: PublishRecord) => appendFileSync(file, `${JSON.stringify(record)}\n`);
  function onHandedOver(message: unknown) {
    const { exchange, routingKey, content } = message as PublishedMessage;
    if (!recorded.exchanges.includes(exchange) || routingKey !== recorded.routingKey) return;
    last += 1;
    numbers.set(message as PublishedMessage, last);
    write({ number: last, content: content.toString('utf8') });
  }
  function onConfirmed(message: unknown) {
    const number = numbers.get(message as PublishedMessage);
    if (number !== undefined) write({ confirmed: number });
  }
  const handedOver = channel(recorded.handedOver);
  const confirmed = channel(recorded.confirmed);
  handedOver.subscribe(onHandedOver);
  confirmed.subscribe(onConfirmed);
  return () => {
    handedOver.unsubscribe(onHandedOver);
    confirmed.unsubscribe(onConfirmed);
  };
}
