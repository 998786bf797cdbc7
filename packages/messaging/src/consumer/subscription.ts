import { delay } from '@cyberstroll/runtime';
import type { Channel, ConsumeMessage } from 'amqplib';

const CANCEL_WITHIN_MS = 2_000;

/** What takes messages from a queue on one channel, until it is cancelled. */
export interface Subscription {
  start(): Promise<void>;
  /** Takes this many more messages at once, by a consumer more. Not of a queue with a single active consumer. */
  add(count: number): void;
  /**
   * No message comes from here on. Of a queue that is gone RabbitMQ may never answer: returns after 2 s at most.
   * Resolves with whether it was answered: else more may come.
   */
  cancel(): Promise<boolean>;
}

/**
 * Takes `prefetch` messages at once. A careful one takes one at a time until the first comes that nobody was given
 * before: what comes again may be what its last holder crashed on, and a crash costs every message held then one
 * delivery of its delivery limit. RabbitMQ hands out again what came back before all else, so the neighbours of such a
 * message pass one by one, and it crashes alone.
 *
 * Of a queue with a single active consumer, the careful one and the one of `prefetch` stand in line one behind the
 * other. To take more messages at once, it cancels the first.
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
  const beginsCareful = careful && prefetch > 1;
  let isCareful = beginsCareful;
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
    turn = turn.then(hasSingleActive ? cancelFirst : listenToRest);
    // It fails with its channel.
    turn.catch(() => undefined);
  }

  async function listenToRest() {
    if (!cancelled) await listen(prefetch - 1);
  }

  /** The next one waits already. */
  async function cancelFirst() {
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
      const first = listen(beginsCareful ? 1 : prefetch);
      turn = hasSingleActive && beginsCareful ? first.then(listenToRest) : first;
      // It fails with its channel.
      turn.catch(() => undefined);
      return first;
    },
    add(count) {
      if (hasSingleActive) return;
      turn = turn.then(async () => {
        if (!cancelled) await listen(count);
      });
      // It fails with its channel.
      turn.catch(() => undefined);
    },
    async cancel() {
      cancelled = true;
      const answered = new AbortController();
      // At once: from here on, an ack must bring no more messages. A start under way is cancelled after it.
      void Promise.all([silence(), turn.then(silence)])
        .catch(() => undefined)
        .finally(() => answered.abort());
      await delay(CANCEL_WITHIN_MS, answered.signal);
      return answered.signal.aborted;
    },
  };
}
