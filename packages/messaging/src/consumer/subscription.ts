import { delay } from '@cyberstroll/runtime';
import type { Channel, ConsumeMessage } from 'amqplib';

const CANCEL_WITHIN_MS = 2_000;

/** What takes messages from a queue on one channel, until it is cancelled. */
export interface Subscription {
  start(): Promise<void>;
  /** No message comes from here on. Of a queue that is gone RabbitMQ may never answer: returns after 2 s at most. */
  cancel(): Promise<void>;
}

/**
 * Takes `prefetch` messages at once. A careful one takes one at a time until the first comes that nobody was given
 * before: what comes again may be what its last holder crashed on, and a crash costs every message held then one
 * delivery of its delivery limit. RabbitMQ hands out again what came back before all else, so the neighbours of such a
 * message pass one by one, and it crashes alone.
 *
 * Of a queue with a single active consumer, the consumers of a channel follow one another too, and those of other
 * channels wait behind them.
 */
export function createSubscription(
  channel: Channel,
  queue: string,
  {
    prefetch,
    careful,
    hasSingleActive,
    onMessage,
    onFresh,
    onLost,
  }: {
    prefetch: number;
    careful: boolean;
    hasSingleActive: boolean;
    onMessage: (message: ConsumeMessage) => void;
    /** Called when a message has come that nobody was given before. */
    onFresh: () => void;
    /** RabbitMQ has cancelled it. */
    onLost: () => void;
  },
): Subscription {
  const tags: string[] = [];
  let isCareful = careful && prefetch > 1;
  let cancelled = false;
  /** One after the other: a message may come before the answer to its consume. */
  let turn: Promise<void> = Promise.resolve();

  async function listen(most: number) {
    // It counts for consumers that begin after it.
    await channel.prefetch(most, false);
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (!message) return onLost();
      if (!message.fields.redelivered) raise();
      return onMessage(message);
    });
    tags.push(consumerTag);
  }

  /** By a second consumer for all but the one message: to cancel the first would give back what is on its way to it. */
  function raise() {
    onFresh();
    if (!isCareful) return;
    isCareful = false;
    turn = hasSingleActive ? turn.then(handOver) : turn.then(listenToRest);
    // It fails with its channel.
    turn.catch(() => undefined);
  }

  async function listenToRest() {
    if (!cancelled) await listen(prefetch - 1);
  }

  /** The second consumer waits already. */
  async function handOver() {
    const [first] = tags.splice(0, 1);
    if (first !== undefined) await channel.cancel(first);
  }

  /** Each waits for the answer to the one before it: the larger first. */
  const silence = () =>
    Promise.all(
      tags
        .splice(0)
        .reverse()
        .map((tag) => channel.cancel(tag)),
    );

  return {
    start() {
      turn = listen(isCareful ? 1 : prefetch);
      if (isCareful && hasSingleActive) turn = turn.then(listenToRest);
      return turn;
    },
    async cancel() {
      cancelled = true;
      const answered = new AbortController();
      // At once: from here on, an ack must bring no more messages. A start under way is cancelled after it.
      void Promise.all([silence(), turn.then(silence)])
        .catch(() => undefined)
        .finally(() => answered.abort());
      await delay(CANCEL_WITHIN_MS, answered.signal);
    },
  };
}
