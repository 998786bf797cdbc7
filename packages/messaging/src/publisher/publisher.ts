/**
 * The confirmed publisher. Every message lives in the outbox, in order, from `publish` to the broker's confirm; a new
 * channel sends the whole outbox again, so nothing is lost and order is kept, at the price of repeats. The outbox is
 * bounded: a full one refuses, it never drops. What no queue took (mandatory, returned) is not confirmed as far as we
 * are concerned: the topology is declared again, and the message sent again.
 */
import { type DeadLetter, EXCHANGES, type ExchangeName, MAX_MESSAGE_BYTES } from '@cyberstroll/contracts';
import { AppError, type Component, createComponent, delay, type Logger } from '@cyberstroll/runtime';
import { type ConfirmChannel, IllegalOperationError, type Options } from 'amqplib';
import type { BrokerMetrics } from '../broker-metrics';
import type { BrokerConnection } from '../connection/connection';
import { createReconnectingChannel } from '../connection/reconnecting-channel';
import { toBody, toDeadLetterBody } from './message-body';
import { confirmed, handedOver, type PublishedMessage } from './publish-channels';

export interface PublisherOptions {
  /**
   * Messages that may wait for a confirm or for a connection; the next one is refused with `outbox_full`. Default:
   * 10,000.
   */
  maxOutbox?: number;
  /** Bytes of message bodies that may wait. Default: 67,108,864 (64 MiB). */
  maxOutboxBytes?: number;
  /** Milliseconds that `stop` waits for the last confirms. Default: 5,000. */
  drainMs?: number;
  /** Milliseconds that `stop` waits for the confirms of what was sent best effort. Default: 1,000. */
  drainTriedMs?: number;
  /**
   * Whether each message names the RabbitMQ user of the URL as its `user_id`. RabbitMQ refuses a message that names
   * another user than its connection's, so readers can rely on it. Default: false.
   */
  namesUser?: boolean;
}

export interface PublishOptions {
  /** AMQP headers. Default: none. */
  headers?: Record<string, unknown>;
  /** Milliseconds after which it leaves a queue in which nobody has taken it. Default: it stays. */
  expiresAfterMs?: number;
  /** Milliseconds to wait for the confirm, for callers whose client waits for an answer. Default: no limit. */
  withinMs?: number;
}

export interface Publisher extends Component {
  /**
   * Sends `body` as JSON, persistent. Resolves when the broker has confirmed it; unconfirmed ones are sent again, in
   * order, after a reconnect, so a message may arrive twice. Rejects with AppError overloaded `outbox_full`, invalid
   * `too_large`, transient `publisher_stopped`, or transient `unroutable` where no queue takes it. With `withinMs` it
   * is given up when it is not confirmed by then, at once while an alarm stands: transient `broker_slow` or
   * `broker_blocked`. The broker may have it all the same.
   */
  publish(exchange: ExchangeName, routingKey: string, body: unknown, options?: PublishOptions): Promise<void>;
  /**
   * Sends once, best effort, not persistent: heartbeats, events, control. False where it could not be sent now. Whether
   * the broker has taken it says `onConfirmed` alone.
   */
  tryPublish(exchange: ExchangeName, routingKey: string, body: unknown, onConfirmed?: () => void): boolean;
  /**
   * Like `publish`, to `cs.dead-letters`, under the key of the queue that the message came from; never too large, since
   * a dead letter's content is cut then.
   */
  deadLetter(deadLetter: DeadLetter): Promise<void>;
  /** Messages not confirmed yet. */
  pending(): number;
}

interface Entry extends PublishedMessage {
  options: Options.Publish;
  returns: number;
  overdue?: NodeJS.Timeout;
  resolve: () => void;
  reject: (error: Error) => void;
}

const DEFAULT_MAX_OUTBOX = 10_000;
const DEFAULT_MAX_OUTBOX_BYTES = 64 * 1024 * 1024;
const DRAIN_MS = 5_000;
const DRAIN_TRIED_MS = 1_000;
const MAX_RETURNS = 3;
/** RabbitMQ takes no longer time to live than 2^32 - 1 milliseconds. */
const MAX_TTL_MS = 2 ** 32 - 1;
const REDECLARE_AFTER_MS = 200;
/** Messages to these exchanges may have no listener. */
const OPTIONAL_EXCHANGES: ReadonlySet<ExchangeName> = new Set([EXCHANGES.control.name, EXCHANGES.events.name]);

export function createPublisher(
  {
    connection,
    appId,
    user,
    logger,
    observer,
  }: {
    connection: BrokerConnection;
    appId: string;
    /** Of the URL; undefined where the login is a certificate's. */
    user?: string | undefined;
    logger: Logger;
    observer?: Pick<BrokerMetrics, 'watchOutbox'> | undefined;
  },
  {
    maxOutbox = DEFAULT_MAX_OUTBOX,
    maxOutboxBytes = DEFAULT_MAX_OUTBOX_BYTES,
    drainMs = DRAIN_MS,
    drainTriedMs = DRAIN_TRIED_MS,
    namesUser = false,
  }: PublisherOptions = {},
): Publisher {
  /** In the order of `publish`. */
  const outbox = new Set<Entry>();
  let outboxBytes = 0;
  /** The part of the outbox that this channel has not been given yet. */
  let unsent: Entry[] = [];
  const returned = new Set<string>();
  let lastId = 0;
  let channel: ConfirmChannel | undefined;
  let writable = true;
  let stopped = false;
  let drained: (() => void) | undefined;
  let userId = namesUser ? user : undefined;

  const reconnecting = createReconnectingChannel<ConfirmChannel>({
    purpose: 'publish',
    connection,
    logger,
    open: (model) => model.createConfirmChannel(),
    use(opened) {
      channel = opened;
      writable = true;
      returned.clear();
      opened.on('return', ({ properties }) => returned.add(properties.messageId));
      opened.once('error', noteUserRefused);
      opened.on('drain', () => {
        writable = true;
        flush();
      });
      unsent = [...outbox];
      flush();
    },
    lost() {
      channel = undefined;
    },
  });
  connection.onUnblocked(flush);
  observer?.watchOutbox(() => ({
    messages: outbox.size,
    bytes: outboxBytes,
    ratio: Math.max(outbox.size / maxOutbox, outboxBytes / maxOutboxBytes),
  }));

  /** With tokens (OAuth 2) the URL's user is not the connection's. */
  function noteUserRefused({ message }: Error) {
    if (userId === undefined || !message.includes('user_id')) return;
    logger.warn({ user: userId, reason: message }, 'messages no longer name the user of the URL');
    userId = undefined;
  }

  const canSend = () => channel !== undefined && writable && !connection.isBlocked();

  function flush() {
    let next = 0;
    while (next < unsent.length && canSend()) send(unsent[next++]!);
    unsent = next < unsent.length ? unsent.slice(next) : [];
  }

  function send(entry: Entry) {
    const sentOn = channel!;
    try {
      const options = { ...entry.options, userId };
      writable = sentOn.publish(entry.exchange, entry.routingKey, entry.content, options, (error) => {
        // The callbacks of a dead channel say nothing: its messages are sent again on the next.
        if (sentOn !== channel) return;
        if (error) renew();
        else if (returned.size > 0 && returned.delete(entry.options.messageId!)) void sendReturned(entry);
        else settle(entry);
      });
    } catch (error) {
      if (error instanceof IllegalOperationError) renew();
      else settle(entry, error as Error);
    }
  }

  /** Refused by the broker, or closing: everything unconfirmed goes again on a new channel. */
  function renew() {
    channel = undefined;
    reconnecting.renew();
  }

  async function sendReturned(entry: Entry) {
    entry.returns += 1;
    if (entry.returns > MAX_RETURNS) {
      return settle(entry, new AppError('unroutable', { detail: `routing key ${entry.routingKey}` }));
    }
    if (entry.returns === 1) logger.warn({ exchange: entry.exchange, routing_key: entry.routingKey }, 'unroutable');
    // Not at once: where the queue was deleted, its consumers must hear of it first (see IDLE_RENEW_MS).
    await delay(REDECLARE_AFTER_MS);
    await connection.declare().catch(() => undefined);
    if (!outbox.has(entry) || !channel) return;
    unsent.push(entry);
    flush();
  }

  function settle(entry: Entry, error?: Error) {
    if (!outbox.delete(entry)) return;
    clearTimeout(entry.overdue);
    outboxBytes -= entry.content.length;
    if (!error) confirmed.publish(entry);
    if (error) entry.reject(error);
    else entry.resolve();
    if (outbox.size === 0) drained?.();
  }

  /**
   * A quorum queue drops what a channel has sent last if it hears of the channel's end first. So the channel stays open
   * until RabbitMQ has confirmed, for example, a node's last heartbeat.
   */
  async function waitForTried() {
    const waited = new AbortController();
    const confirms = channel?.waitForConfirms().catch(() => undefined);
    await Promise.race([confirms, delay(drainTriedMs, waited.signal)]);
    waited.abort();
  }

  function giveUp(entry: Entry, withinMs: number) {
    unsent = unsent.filter((other) => other !== entry);
    settle(entry, new AppError('broker_slow', { detail: `no confirm within ${withinMs} ms` }));
  }

  function toEntry(
    exchange: ExchangeName,
    routingKey: string,
    content: Buffer,
    { headers, expiresAfterMs }: PublishOptions = {},
  ): Omit<Entry, 'resolve' | 'reject' | 'overdue'> {
    if (stopped) throw new AppError('publisher_stopped');
    if (outbox.size >= maxOutbox || outboxBytes >= maxOutboxBytes) {
      const [limit, unit] = outbox.size >= maxOutbox ? [maxOutbox, 'messages'] : [maxOutboxBytes, 'bytes'];
      throw new AppError('outbox_full', { detail: `the limit is ${limit} ${unit}`, limit });
    }
    return {
      exchange,
      routingKey,
      content,
      returns: 0,
      options: {
        persistent: true,
        mandatory: !OPTIONAL_EXCHANGES.has(exchange),
        contentType: 'application/json',
        messageId: String(++lastId),
        appId,
        headers,
        ...(expiresAfterMs !== undefined && { expiration: String(Math.ceil(Math.min(expiresAfterMs, MAX_TTL_MS))) }),
      },
    };
  }

  const enqueue = (fields: ReturnType<typeof toEntry>, withinMs?: number) =>
    new Promise<void>((resolve, reject) => {
      const entry: Entry = { ...fields, resolve, reject };
      if (withinMs !== undefined) entry.overdue = setTimeout(() => giveUp(entry, withinMs), withinMs);
      handedOver.publish(entry);
      outbox.add(entry);
      outboxBytes += entry.content.length;
      if (unsent.length === 0 && canSend()) send(entry);
      else if (channel) unsent.push(entry);
    });

  return {
    ...createComponent('publisher', {
      start() {
        // Not awaited: the outbox takes messages while the broker is unavailable.
        void reconnecting.start();
      },
      async stop() {
        stopped = true;
        if (outbox.size > 0) {
          const waited = new AbortController();
          drained = () => waited.abort();
          await delay(drainMs, waited.signal);
        }
        await waitForTried();
        await reconnecting.stop();
        for (const entry of outbox) {
          settle(entry, new AppError('publisher_stopped'));
        }
      },
    }),
    async publish(exchange, routingKey, body, { withinMs, ...options } = {}) {
      if (withinMs !== undefined && connection.isBlocked()) {
        throw new AppError('broker_blocked');
      }
      const content = toBody(body);
      if (content.length > MAX_MESSAGE_BYTES) {
        const detail = `${content.length} bytes of at most ${MAX_MESSAGE_BYTES}`;
        throw new AppError('too_large', { detail, limit: MAX_MESSAGE_BYTES });
      }
      return enqueue(toEntry(exchange, routingKey, content, options), withinMs);
    },
    tryPublish(exchange, routingKey, body, onConfirmed) {
      if (!channel || unsent.length > 0 || !canSend()) return false;
      const sentOn = channel;
      const confirm = (error: unknown) => {
        if (!error) onConfirmed?.();
        // RabbitMQ 3.10 refuses all that a channel sends to a quorum queue whose leader was down when the channel first
        // sent to it.
        else if (sentOn === channel) renew();
      };
      try {
        const options = { contentType: 'application/json', appId, userId };
        writable = channel.publish(exchange, routingKey, toBody(body), options, confirm);
        return true;
      } catch {
        return false;
      }
    },
    deadLetter: async (deadLetter) =>
      enqueue(toEntry(EXCHANGES.deadLetters.name, deadLetter.queue, toDeadLetterBody(deadLetter))),
    pending: () => outbox.size,
  };
}
