import { backoffMs, delay, type Logger } from '@cyberstroll/runtime';
import type { Channel, ChannelModel } from 'amqplib';
import type { BrokerConnection } from './connection';
import { type Lifetime, watchLifetime } from './lifetime';

const BACKOFF = { baseMs: 100, capMs: 2_000 };
/** After a channel that lived this long the backoff starts from its beginning. */
const STABLE_MS = 5_000;
/**
 * If the broker does not answer a close within this time, the channel is lost, with all messages that were delivered on
 * it.
 */
const ANSWER_WITHIN_MS = 10_000;

export interface ReconnectingChannelOptions<Opened extends Channel> {
  /** For logs: what the channel is for. */
  purpose: string;
  connection: BrokerConnection;
  open: (model: ChannelModel) => Promise<Opened>;
  /** Sets up each new channel. Where it rejects, the channel is closed and another one tried. */
  use: (channel: Opened) => Promise<void> | void;
  /** The channel that `use` was called with is gone, and all delivery tags and confirms with it. */
  lost: () => void;
  /** Default: 10,000. */
  answerWithinMs?: number | undefined;
  logger: Logger;
}

export interface ReconnectingChannel {
  /** Resolves when the first channel is set up, or once stopped. */
  start(): Promise<void>;
  /** Replaces the channel as one that failed, with backoff. */
  renew(): void;
  /** Replaces a working channel at once. */
  refresh(): void;
  stop(): Promise<void>;
}

/** A channel that is opened again whenever the connection comes back or the broker has closed it. */
export function createReconnectingChannel<Opened extends Channel>(
  options: ReconnectingChannelOptions<Opened>,
): ReconnectingChannel {
  const { purpose, connection, open, use, lost, answerWithinMs = ANSWER_WITHIN_MS, logger } = options;
  const stopping = new AbortController();
  let current: { model: ChannelModel; lifetime: Lifetime } | undefined;
  let loop: Promise<void> | undefined;
  let refreshed = false;
  let ready = () => {};
  const started = new Promise<void>((resolve) => {
    ready = resolve;
  });

  async function keepOne(model: ChannelModel): Promise<Error | undefined> {
    const channel = await open(model);
    const lifetime = watchLifetime(channel, logger);
    let isLost = false;
    const lose = () => {
      if (!isLost) lost();
      isLost = true;
    };
    // At once: from here on, a message sent or acked on this channel has no effect.
    channel.once('close', lose);
    current = { model, lifetime };
    try {
      await use(channel);
      ready();
      if (stopping.signal.aborted) return undefined;
      return await lifetime.closed;
    } finally {
      await lifetime.close();
      lose();
      current = undefined;
    }
  }

  async function run() {
    for (let attempt = 1; ; attempt++) {
      const model = await connection.whenUp(stopping.signal);
      if (!model) return;
      const openedAt = performance.now();
      let reason: unknown;
      try {
        if (attempt > 1) await connection.declare();
        reason = await keepOne(model);
      } catch (error) {
        reason = error;
      }
      if (stopping.signal.aborted) return;
      const wasRefreshed = refreshed && !reason;
      refreshed = false;
      if (wasRefreshed) {
        attempt = 0;
        continue;
      }
      if (performance.now() - openedAt > STABLE_MS) attempt = 1;
      if (reason && connection.isUp()) {
        logger[attempt === 1 ? 'warn' : 'debug']({ purpose, err: reason }, 'channel closed');
      }
      await delay(backoffMs(attempt, BACKOFF, Math.random()), stopping.signal);
    }
  }

  async function giveUp() {
    if (!current) return;
    const { model, lifetime } = current;
    // Only the end of the connection gives back what the broker has handed out on a channel that it does not close.
    if (!(await lifetime.close(answerWithinMs)) && !stopping.signal.aborted) connection.drop(model);
  }

  return {
    start() {
      loop ??= run();
      return started;
    },
    renew() {
      void giveUp();
    },
    refresh() {
      refreshed = current !== undefined;
      void giveUp();
    },
    async stop() {
      stopping.abort();
      ready();
      await current?.lifetime.close();
      await loop;
    },
  };
}
