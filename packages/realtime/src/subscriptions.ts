import type { Logger } from '@cyberstroll/runtime';
import type { Redis } from 'ioredis';

export type Listener<Value> = (value: Value) => void;

export interface Subscriptions<Value> {
  /** Resolves when Redis has the subscription, or at once while it is away. */
  add(channel: string, listener: Listener<Value>): Promise<void>;
  remove(channel: string, listener: Listener<Value>): Promise<void>;
  /** Delivers what each channel's value is now. Never rejects. */
  catchUp(): Promise<void>;
}

interface Subscription<Value> {
  listeners: Set<Listener<Value>>;
  subscribed: Promise<unknown>;
}

/**
 * Any number of listeners on one connection, with one Redis subscription per channel. The map is the truth: it may be
 * changed while Redis is away, and every new connection subscribes to all of it. Commands of a connection keep their
 * order, so a subscribe right after an unsubscribe wins.
 */
export function createSubscriptions<Value>(
  redis: Redis,
  {
    parse,
    findCurrent,
    logger,
  }: {
    parse: (message: string) => Value | undefined;
    /** What listeners get after a reconnect, for what they may have missed. Never rejects. */
    findCurrent: (channel: string) => Promise<Value | undefined>;
    logger: Logger;
  },
): Subscriptions<Value> {
  const subscriptions = new Map<string, Subscription<Value>>();
  let connectedBefore = false;

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
    const channels = [...subscriptions.keys()];
    const isRenewal = connectedBefore;
    connectedBefore = true;
    if (channels.length === 0) return;
    try {
      await redis.subscribe(...channels);
    } catch {
      // Not for long without subscriptions: a new connection tries again.
      return redis.disconnect(true);
    }
    if (isRenewal) await catchUp();
  }

  async function catchUp() {
    for (const channel of [...subscriptions.keys()]) deliver(channel, await findCurrent(channel));
  }

  redis.on('ready', () => void renew());
  redis.on('message', (channel: string, message: string) => deliver(channel, parse(message)));

  // What fails so fails with its connection, and the next one renews.
  const ask = async (command: () => Promise<unknown>) => {
    if (redis.status === 'ready') await command().catch(() => undefined);
  };

  return {
    async add(channel, listener) {
      let subscription = subscriptions.get(channel);
      if (!subscription) {
        subscription = { listeners: new Set(), subscribed: ask(() => redis.subscribe(channel)) };
        subscriptions.set(channel, subscription);
      }
      subscription.listeners.add(listener);
      await subscription.subscribed;
    },
    async remove(channel, listener) {
      const subscription = subscriptions.get(channel);
      if (!subscription?.listeners.delete(listener) || subscription.listeners.size > 0) return;
      subscriptions.delete(channel);
      await ask(() => redis.unsubscribe(channel));
    },
    catchUp,
  };
}
