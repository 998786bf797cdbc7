import { type Channel, IllegalOperationError, type Message } from 'amqplib';

/**
 * The unacked messages of one consumer on one channel. Delivery tags belong to the channel: once it is gone, acks and
 * requeues do nothing, because the broker has already requeued everything.
 */
export interface UnackedSet {
  /** Aborts when the channel is gone, or the consumer stops and has no time left: time to give up waiting. */
  readonly ending: AbortSignal;
  hold(tag: number): void;
  countHeld(): number;
  /** How long the oldest has been held; 0 where none is. */
  heldForMs(): number;
  /** Calls back when fewer than these are held; never where the channel goes before, or another such call comes. */
  onceFewer(than: number, listener: () => void): void;
  /** Calls back when all that is held now is settled; never where the channel goes before. */
  onceSettled(listener: () => void): void;
  /** Acks them: with one frame as far as nothing older is held, singly beyond. */
  ack(tags: readonly number[]): void;
  requeue(tags: readonly number[]): void;
  /** Requeues all that is held; from here on nothing is acked. */
  giveBack(): void;
  /** There is no time left: acks still work. */
  end(): void;
  /** The channel is gone. */
  close(): void;
}

export function createUnackedSet(channel: Pick<Channel, 'ack' | 'nack'>): UnackedSet {
  const ending = new AbortController();
  /** With the time that each came, in ms. Ascending, as the broker numbers them. */
  const held = new Map<number, number>();
  let open = true;
  let onFewer: { than: number; listener: () => void } | undefined;
  let onSettled: { upTo: number; listener: () => void } | undefined;

  function settle(tags: readonly number[], answer: () => void) {
    for (const tag of tags) held.delete(tag);
    if (!open) return;
    try {
      answer();
    } catch (error) {
      if (!(error instanceof IllegalOperationError)) throw error;
      open = false;
    }
    callBack();
  }

  function callBack() {
    if (!open) return;
    const [oldest = Number.POSITIVE_INFINITY] = held.keys();
    if (onSettled && oldest > onSettled.upTo) {
      const { listener } = onSettled;
      onSettled = undefined;
      listener();
    }
    if (onFewer && held.size < onFewer.than) {
      const { listener } = onFewer;
      onFewer = undefined;
      listener();
    }
  }

  function requeue(tags: readonly number[]) {
    settle(tags, () => {
      for (const tag of tags) channel.nack(toMessage(tag), false, true);
    });
  }

  function close() {
    open = false;
    ending.abort();
  }

  return {
    ending: ending.signal,
    hold: (tag) => void held.set(tag, performance.now()),
    countHeld: () => held.size,
    heldForMs() {
      const [since] = held.values();
      return since === undefined ? 0 : performance.now() - since;
    },
    onceFewer(than, listener) {
      onFewer = { than, listener };
      callBack();
    },
    onceSettled(listener) {
      onSettled = { upTo: Math.max(...held.keys()), listener };
      callBack();
    },
    ack(tags) {
      settle(tags, () => {
        const oldest = held.keys().next().value ?? Number.POSITIVE_INFINITY;
        const covered = tags.reduce((highest, tag) => (tag < oldest && tag > highest ? tag : highest), 0);
        if (covered > 0) channel.ack(toMessage(covered), true);
        for (const tag of tags) if (tag > covered) channel.ack(toMessage(tag), false);
      });
    },
    requeue,
    giveBack() {
      requeue([...held.keys()]);
      close();
    },
    end: () => ending.abort(),
    close,
  };
}

const toMessage = (deliveryTag: number) => ({ fields: { deliveryTag } }) as Message;
