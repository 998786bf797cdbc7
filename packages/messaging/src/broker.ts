/**
 * RabbitMQ for one service. Two connections: one to publish on, one for everything else, since a broker with an alarm
 * stops reading from connections that publish, and the acks that would relieve it must get through. Both come back by
 * themselves, with the topology declared before anybody uses them; publishers and consumers follow.
 */
import { QUEUES, type QueueSpec, toJobQueue } from '@cyberstroll/contracts';
import {
  AppError,
  type Component,
  createOutageLog,
  type Logger,
  parseRabbitmqUrl,
  type Registry,
  redactUrl,
  type TlsMaterial,
  within,
} from '@cyberstroll/runtime';
import type { Channel } from 'amqplib';
import { createBrokerMetrics } from './broker-metrics';
import { createBrokerConnection } from './connection/connection';
import { type BatchConsumerOptions, createBatchConsumer } from './consumer/batch-consumer';
import { type Consumer, type ConsumerOptions, createConsumer } from './consumer/consumer';
import { CONSUMER_TIMEOUT_MS, toHoldMs } from './consumer/consumer-options';
import { createInterruptible } from './interruptible';
import { createPublisher, type Publisher, type PublisherOptions } from './publisher/publisher';
import { createDeclareOn } from './topology/declare-on';
import type { QueueDepth } from './topology/depth-readings';
import { createQueueDepths } from './topology/queue-depths';
import { declareQueue } from './topology/topology';

export interface BrokerOptions {
  /** With one host or several of one cluster: see `parseRabbitmqUrl`. */
  url: string;
  /** For an `amqps://` URL. Its certificate is the login where the URL names no user. */
  tls?: TlsMaterial;
  /** Shown in RabbitMQ's list of connections, and named as the sender of each message. */
  name: string;
  /**
   * Declares exchanges and queues on each new connection. False for a node: then it waits until a service has declared
   * them, and declares nothing but exclusive queues.
   */
  declares?: boolean;
  /**
   * `consumer_timeout` of RabbitMQ in milliseconds; default 30 min. Consumers give back after five sixths of it what
   * they could not handle, before RabbitMQ closes their channel.
   */
  consumerTimeoutMs?: number;
  logger: Logger;
  /** Gets the outbox's level and what becomes of the messages. */
  metrics?: Registry;
}

export interface Broker extends Component {
  isConnected(): boolean;
  /** An alarm stands, and this process has published since it began: the broker reports it only to publishers. */
  isBlocked(): boolean;
  /** Throws AppError transient: `broker_unavailable` while not connected, `broker_blocked` while an alarm stands. */
  check(): void;
  createPublisher(options?: PublisherOptions): Publisher;
  createConsumer(options: ConsumerOptions): Consumer;
  createBatchConsumer(options: BatchConsumerOptions): Consumer;
  /**
   * Declares a pool's job queue, now and after each reconnect. Rejects with AppError transient while not connected, or
   * where the broker cannot declare it now; with amqplib's error (code 403, 406) where it refuses to.
   */
  declareJobQueue(pool: string): Promise<void>;
  /**
   * How many messages are ready. Rejects with AppError transient while not connected, missing where there is no such
   * queue.
   */
  queueDepth(queue: string): Promise<QueueDepth>;
  /** How many messages with updates wait. */
  updatesDepth(): Promise<QueueDepth>;
  /** The same as `queueDepth` of each of these queues that there is. */
  queueDepths(queues: readonly string[]): Promise<Map<string, QueueDepth>>;
}

const ACCESS_REFUSED = 403;
const PRECONDITION_FAILED = 406;
/** The answers to a declaration until somebody changes permissions, or deletes the queue. */
const FINAL_REFUSALS: ReadonlySet<unknown> = new Set([ACCESS_REFUSED, PRECONDITION_FAILED]);
const ANSWERS_WITHIN_MS = 5_000;

const toUnavailable = (error: unknown): AppError =>
  error instanceof AppError
    ? error
    : new AppError('broker_unavailable', { detail: (error as Error).message }, { cause: error });

export function createBroker({
  url,
  tls = {},
  name,
  declares = true,
  consumerTimeoutMs = CONSUMER_TIMEOUT_MS,
  logger,
  metrics,
}: BrokerOptions): Broker {
  const holdMs = toHoldMs(consumerTimeoutMs);
  const observer = metrics && createBrokerMetrics(metrics);
  const jobQueues = new Map<string, QueueSpec>();
  const declaredPools = new Set<string>();
  const outages = createOutageLog(logger, 'rabbitmq', { url: redactUrl(url) });

  const declare = createDeclareOn({ declares, jobQueues: () => jobQueues.values(), logger });
  const main = createBrokerConnection({ url, tls, name, declare, outages, logger });
  const looks = createQueueDepths(main);
  const publishing = createBrokerConnection({ url, tls, name: `${name} (publishes)`, declare, outages, logger });

  const component = createInterruptible('broker', {
    async start(stopping) {
      main.start();
      publishing.start();
      await Promise.all([main.whenUp(stopping), publishing.whenUp(stopping)]);
    },
    async stop() {
      await Promise.all([publishing.stop(), main.stop()]);
    },
  });

  /** On a channel of its own. Of a queue without a leader RabbitMQ may never answer. */
  const ask = <Answer>(queue: string, use: (channel: Channel) => Promise<Answer>): Promise<Answer> =>
    within(main.withChannel(use), ANSWERS_WITHIN_MS, () => new Error(`${queue}: no answer from RabbitMQ`));

  const { user } = parseRabbitmqUrl(url);

  return {
    ...component,
    isConnected: () => main.isUp() && publishing.isUp(),
    isBlocked: () => publishing.isBlocked(),
    check() {
      if (!main.isUp() || !publishing.isUp()) {
        throw new AppError('broker_unavailable', { detail: 'not connected' });
      }
      if (publishing.isBlocked()) throw new AppError('broker_blocked');
    },
    createPublisher: (options) =>
      createPublisher({ connection: publishing, appId: name, user, logger, observer }, options),
    createConsumer: (options) => createConsumer(main, { holdMs, declares, ...options, observer }),
    createBatchConsumer: (options) => createBatchConsumer(main, { holdMs, declares, ...options, observer }),
    async declareJobQueue(pool) {
      if (declaredPools.has(pool)) return;
      const queue = toJobQueue(pool);
      jobQueues.set(pool, queue);
      try {
        await ask(queue.name, (channel) => declareQueue(channel, queue));
      } catch (error) {
        throw FINAL_REFUSALS.has((error as { code?: unknown }).code) ? error : toUnavailable(error);
      }
      declaredPools.add(pool);
    },
    queueDepth: looks.findDepth,
    updatesDepth: () => looks.findDepth(QUEUES.stateUpdates.name),
    async queueDepths(queues) {
      const depths = new Map<string, QueueDepth>();
      for (const queue of queues) {
        try {
          depths.set(queue, await looks.findDepth(queue));
        } catch (error) {
          if (!(error instanceof AppError) || error.kind !== 'missing') throw error;
        }
      }
      return depths;
    },
  };
}
