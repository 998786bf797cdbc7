import { createSharedCall, type Logger } from '@cyberstroll/runtime';
import type { Redis } from 'ioredis';
import { isDenied } from './redis/redis-fault';

export type Listener<Value> = (value: Value) => void;

export type Subscriptions<Value> = ReturnType<typeof createSubscriptions<Value>>;

interface Subscription<Value> {
  listeners: Set<Listener<Value>>;
  subscribed: Promise<unknown>;
}

/** How many values are read at once. */
const READ_AT_ONCE = 500;

/**
 * Any number of listeners on one connection, with one Redis subscription per channel. The map is the truth: it may be
 * changed while Redis is unavailable, and every new connection subscribes to all of it by one command. Commands of a
 * connection keep their order, so a subscribe right after an unsubscribe wins.
 */
export function createSubscriptions<Value>(
  redis: Redis,
  {
    ownChannel,
    parse,
    findCurrent,
    logger,
  }: {
    /** Subscribed to always, for `hear`. */
    ownChannel: string;
    parse: (message: string) => Value | undefined;
    /** Reads the value that listeners get after a reconnect, because they may have missed one. Never rejects. */
    findCurrent: (channel: string) => Promise<Value | undefined>;
    logger: Logger;
  },
) {
  const subscriptions = new Map<string, Subscription<Value>>();
  let connectedBefore = false;
  let denied: Error | undefined;
  let awaited: { text: string; arrived: () => void } | undefined;

  function deliver(channel: string, value: Value | undefined) {
    if (value === undefined) return;
    for (const listener of subscriptions.get(channel)?.listeners ?? []) {
      try {
        listener(value);
      } catch (err) {
        logger.error({ err }, 'listener failed');
      }
    }
  }

  async function renew() {
    const isRenewal = connectedBefore;
    connectedBefore = true;
    try {
      await redis.subscribe(ownChannel, ...subscriptions.keys());
      denied = undefined;
    } catch (error) {
      denied = isDenied(error as Error) ? (error as Error) : undefined;
      // Not for long without subscriptions: a new connection tries again. Where the ACL refuses them, it would be
      // refused, too.
      if (!denied) redis.disconnect(true);
      return;
    }
    if (isRenewal) await catchUp();
  }

  /** The reads of a page are sent together, and their answers arrive together: none waits for another. */
  const catchUp = createSharedCall(async () => {
    const channels = [...subscriptions.keys()];
    for (let first = 0; first < channels.length; first += READ_AT_ONCE) {
      const page = channels.slice(first, first + READ_AT_ONCE);
      const values = await Promise.all(page.map(findCurrent));
      for (const [place, channel] of page.entries()) deliver(channel, values[place]);
    }
  });

  redis.on('ready', () => void renew());
  redis.on('message', (channel: string, message: string) => {
    if (channel !== ownChannel) deliver(channel, parse(message));
    else if (message === awaited?.text) awaited.arrived();
  });

  // The command fails with its connection, and the next connection renews the subscription; or the ACL refuses it.
  const ask = async (command: () => Promise<unknown>) => {
    if (redis.status !== 'ready') return;
    await command().catch((error: Error) => {
      if (isDenied(error)) denied = error;
    });
  };

  return {
    /** Resolves when Redis has the subscription, or at once while Redis is unavailable. */
    async add(channel: string, listener: Listener<Value>): Promise<void> {
      let subscription = subscriptions.get(channel);
      if (!subscription) {
        subscription = { listeners: new Set(), subscribed: ask(() => redis.subscribe(channel)) };
        subscriptions.set(channel, subscription);
      }
      subscription.listeners.add(listener);
      await subscription.subscribed;
    },
    async remove(channel: string, listener: Listener<Value>): Promise<void> {
      const subscription = subscriptions.get(channel);
      if (!subscription?.listeners.delete(listener) || subscription.listeners.size > 0) return;
      subscriptions.delete(channel);
      await ask(() => redis.unsubscribe(channel));
    },
    isEmpty: (): boolean => subscriptions.size === 0,
    /** Delivers the present value of each channel. Never rejects. */
    catchUp,
    /** Resolves when `text` arrives on the own channel. Only the latest call is awaited. */
    hear: (text: string): Promise<void> =>
      new Promise((arrived) => {
        awaited = { text, arrived };
      }),
    /** Rejects with the reason why subscriptions are missing. Tries the ones again that the ACL refused before. */
    async confirm(): Promise<void> {
      if (redis.status !== 'ready') throw new Error('the subscriber is not connected');
      if (denied) await renew();
      if (denied) throw denied;
    },
    /** Makes a new connection, to another server if the present one is the wrong one. */
    reconnect: (): void => redis.disconnect(true),
  };
}
