import {
  AppError,
  backoffMs,
  delay,
  type Logger,
  type OutageLog,
  type TlsMaterial,
  within,
} from '@cyberstroll/runtime';
import type { Channel, ChannelModel } from 'amqplib';
import { createDial } from './dial';
import { type Lifetime, watchLifetime } from './lifetime';
import { onChannel, openChannelOn } from './on-channel';

const BACKOFF = { baseMs: 100, capMs: 2_000 };
const CONNECT_TIMEOUT_MS = 4_000;
const DECLARE_WITHIN_MS = 15_000;

export interface BrokerConnectionOptions {
  url: string;
  tls?: TlsMaterial;
  /** Shown in RabbitMQ's list of connections. */
  name: string;
  /** Runs on each new connection before anything else uses it. */
  declare: (model: ChannelModel) => Promise<void>;
  /** A broker that does not answer `declare` in this time is left for the next host. Default: 15,000. */
  declareWithinMs?: number;
  outages: OutageLog;
  logger: Logger;
}

/**
 * One connection that is made again for ever, each time to the URL's next host. amqplib's own `recovery` is not used:
 * after a failed setup it waits for a close that never settles when the socket dies meanwhile, and then it never tries
 * again.
 */
export interface BrokerConnection {
  isUp(): boolean;
  /** The broker has raised an alarm and does not read what this process publishes. */
  isBlocked(): boolean;
  onUnblocked(listener: () => void): void;
  /** The connection, as soon as there is one that is declared on; undefined once `signal` has aborted. */
  whenUp(signal: AbortSignal): Promise<ChannelModel | undefined>;
  /** Runs `use` on a channel of its own. Rejects with AppError transient while not connected. */
  withChannel<Result>(use: (channel: Channel) => Promise<Result>): Promise<Result>;
  /** A channel that stays open. Rejects with AppError transient while not connected. */
  openChannel(): Promise<{ channel: Channel; lifetime: Lifetime }>;
  /** Replaces this connection: the broker no longer answers on it, at least not for one of its channels. */
  drop(model: ChannelModel): void;
  /** Declares again what was deleted meanwhile. Rejects with AppError transient while not connected. */
  declare(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export function createBrokerConnection({
  url,
  tls = {},
  name,
  declare,
  declareWithinMs = DECLARE_WITHIN_MS,
  outages,
  logger,
}: BrokerConnectionOptions): BrokerConnection {
  const dial = createDial({ url, tls, name, timeoutMs: CONNECT_TIMEOUT_MS });
  const stopping = new AbortController();
  const waiters = new Set<(model: ChannelModel) => void>();
  const unblockedListeners: (() => void)[] = [];
  let current: { model: ChannelModel; lifetime: Lifetime } | undefined;
  /** Of the connection that is being declared on, too. */
  let latest: Lifetime | undefined;
  let blocked = false;
  let loop: Promise<void> | undefined;

  async function connectOnce(): Promise<Error | undefined> {
    const model = await dial.connectToNext();
    const lifetime = watchLifetime(model, logger);
    latest = lifetime;
    // One that was given up may still be heard of while the next is up.
    const isPast = () => current !== undefined && current.model !== model;
    model.on('blocked', (reason) => {
      if (isPast()) return;
      logger.warn({ reason }, 'broker blocks publishers');
      blocked = true;
    });
    model.on('unblocked', () => {
      if (isPast()) return;
      blocked = false;
      for (const listener of unblockedListeners) listener();
    });
    let isClosed = false;
    // At once, before code that waits for one of its channels continues: it must not see a dead connection as up.
    model.once('close', () => {
      isClosed = true;
      if (isPast()) return;
      current = undefined;
      blocked = false;
    });
    try {
      const noAnswer = () => new Error(`no answer to declarations within ${declareWithinMs} ms`);
      // amqplib may wait for ever for an answer, also on a connection that is gone.
      await within(Promise.race([declare(model), lifetime.closed]), declareWithinMs, noAnswer);
      if (stopping.signal.aborted) return undefined;
      if (isClosed) return await lifetime.closed;
      current = { model, lifetime };
      outages.up(name);
      for (const resolve of waiters) resolve(model);
      waiters.clear();
      return await lifetime.closed;
    } finally {
      current = undefined;
      blocked = false;
      await lifetime.close();
    }
  }

  async function run() {
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      let wasUp = false;
      const up = () => {
        wasUp = true;
      };
      waiters.add(up);
      const reason = await connectOnce().catch((error: unknown) => error);
      waiters.delete(up);
      if (stopping.signal.aborted) return;
      outages.down(name, reason);
      if (wasUp) attempt = 1;
      await delay(backoffMs(attempt, BACKOFF, Math.random()), stopping.signal);
    }
  }

  function getModel(): ChannelModel {
    if (!current) throw new AppError('broker_unavailable', { detail: 'not connected' });
    return current.model;
  }

  return {
    isUp: () => current !== undefined,
    isBlocked: () => blocked,
    onUnblocked: (listener) => unblockedListeners.push(listener),
    whenUp(signal) {
      if (signal.aborted || current) return Promise.resolve(signal.aborted ? undefined : current?.model);
      return new Promise((resolve) => {
        const settle = (model?: ChannelModel) => {
          signal.removeEventListener('abort', give);
          resolve(model);
        };
        const give = () => {
          waiters.delete(settle);
          settle();
        };
        waiters.add(settle);
        signal.addEventListener('abort', give);
      });
    },
    withChannel: async (use) => onChannel(getModel(), logger, use),
    openChannel: async () => openChannelOn(getModel(), logger),
    drop(model) {
      if (current?.model === model) void current.lifetime.close();
    },
    declare: async () => declare(getModel()),
    start() {
      loop ??= run();
    },
    async stop() {
      stopping.abort();
      await latest?.close();
      await loop;
    },
  };
}
