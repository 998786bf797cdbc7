/**
 * What both consumers share: a channel that is kept, its queue declared and consumed from, bodies parsed, and verdicts
 * carried out. Each message is in one of three states: with the broker, unacked here, or settled.
 *
 * It is one file, because all of it reads and changes the state of one channel.
 */
import type { ErrorCode, QueueSpec } from '@cyberstroll/contracts';
import { createSweep, delay, type Logger } from '@cyberstroll/runtime';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { BrokerMetrics } from '../broker-metrics';
import type { BrokerConnection } from '../connection/connection';
import { createReconnectingChannel } from '../connection/reconnecting-channel';
import { parseBody } from '../publisher/message-body';
import type { Publisher } from '../publisher/publisher';
import { declareConsumed, type ExclusiveQueue } from '../topology/topology';
import { sendDeadLetter, toDeadLetter } from './dead-letters';
import type { UnackedDelivery, Verdict } from './delivery';
import { isRenewalDue } from './renewal';
import { createSubscription, type Subscription } from './subscription';
import { createUnackedSet, type UnackedSet } from './unacked-set';

export interface ConsumerCoreOptions {
  /** The queue to consume from: a declared one, or one of this process alone on an exchange. */
  queue: QueueSpec | ExclusiveQueue;
  /**
   * Messages held unacked at most. A function is asked every `idleRenewMs`, and the consumer renewed if the answer
   * changed.
   */
  prefetch: number | (() => number);
  /**
   * What `prefetch` may rise to, ascending: of a queue with a single active consumer, it then remains the active one.
   * Default: none.
   */
  prefetches?: () => readonly number[];
  /** False: the queue is not declared, and the consumer waits until it is there. Set by the broker. Default: true. */
  declares?: boolean;
  /** Sends the dead letters. */
  publisher: Publisher;
  logger: Logger;
  /**
   * Milliseconds without a message after which the consumer gets a new channel. If still none comes, it gets the next
   * ones after two, four and six times that, and then one after every six. Default: 10,000.
   */
  idleRenewMs?: number;
  /**
   * Milliseconds that the broker may take to close a channel. Then the connection is given up. Default: 10,000.
   */
  answerWithinMs?: number | undefined;
  /**
   * Milliseconds that a message may be held unacked. Then it goes back to the queue, and no message is taken until the
   * consumer can use one: RabbitMQ closes a channel on which a message waits for its ack for longer than
   * `consumer_timeout`. Does not apply to an exclusive queue. Default: five sixths of the broker's `consumerTimeoutMs`,
   * 1,500,000.
   */
  holdMs?: number;
  /**
   * Milliseconds after which the consumer that holds a message of a queue with a single active consumer goes to the end
   * of the line: it may be cut off from what the others reach. Checked every `idleRenewMs`. Default: 10,000.
   */
  standByAfterMs?: number;
  /**
   * Milliseconds that `stop` waits for the messages that are being handled, so that they are not delivered once more;
   * the rest goes back to the queue. Default: 5,000.
   */
  finishWithinMs?: number;
  /**
   * True: the handler also gets messages that are too large or not JSON, without `body`. Default: false, they are
   * dead-lettered.
   */
  anyBody?: boolean;
  /**
   * True: the handler also gets JSON that is nested too deeply, and refuses the parts that are. Default: false, it is
   * dead-lettered.
   */
  anyDepth?: boolean;
  /** True: the dead letters of one sender with one reason become one, with a count. Default: false. */
  foldDeadLetters?: boolean;
  /**
   * Called with true when messages begin to arrive, and with false when they stop: the channel is lost (an exclusive
   * queue with it), or the queue was deleted. Default: not called.
   */
  onListening?: (isListening: boolean) => void;
  /** Counts the verdicts. Set by the broker. Default: none. */
  observer?: Pick<BrokerMetrics, 'countVerdict'> | undefined;
}

export interface ConsumerCounts {
  /** Since its start. */
  received: number;
  /** Not settled yet. Undefined without a channel: RabbitMQ gives its messages to others. */
  held: number | undefined;
}

export interface ConsumerCore {
  /** The queue's name, or its exchange's where it is exclusive: for logs and dead letters. */
  readonly source: string;
  /** Gives the delivery its body. False: it has none that a handler could use, and becomes a dead letter. */
  parse(held: UnackedDelivery): boolean;
  /** Gives the delivery its body before its turn. False: it has none that a handler could use. */
  parseEarly(held: UnackedDelivery): boolean;
  /** Carries out the verdicts on messages of one channel: at once, or after their delay. */
  settle(held: readonly UnackedDelivery[], verdicts: readonly Verdict[]): void;
  /** See `Consumer`. */
  standBy(): Promise<void>;
  counts(): ConsumerCounts;
  start(): Promise<void>;
  /** No message comes any more; what is held can still be settled. */
  cancel(): Promise<void>;
  /**
   * After `cancel`: waits while there is time for what is handled and for every verdict; then closes the channel.
   */
  finish(handled: Promise<unknown>): Promise<void>;
}

const RETRY_DELAY_MS = 1_000;
const FINISH_WITHIN_MS = 5_000;
/**
 * RabbitMQ (seen with 3.10 and quorum queues) cancels the consumers of a deleted queue, but not where the queue is
 * declared again within moments, as other processes of ours do: then it counts them as consumers, hands them messages,
 * and nothing of that arrives. Only a new channel helps, and gives the messages back.
 */
const IDLE_RENEW_MS = 10_000;
const STAND_BY_AFTER_MS = 10_000;
/** `consumer_timeout` of RabbitMQ is 30 min by default; RabbitMQ checks it every minute. */
export const CONSUMER_TIMEOUT_MS = 1_800_000;
/** 25 min of the 30. */
export const toHoldMs = (consumerTimeoutMs: number): number => (consumerTimeoutMs * 5) / 6;
/** How many times the limit is checked before it is reached. */
const CHECKS = 25;

export function createConsumerCore(
  connection: BrokerConnection,
  {
    queue,
    prefetch,
    prefetches = () => [],
    declares = true,
    publisher,
    logger,
    idleRenewMs = IDLE_RENEW_MS,
    answerWithinMs,
    holdMs = toHoldMs(CONSUMER_TIMEOUT_MS),
    standByAfterMs = STAND_BY_AFTER_MS,
    finishWithinMs = FINISH_WITHIN_MS,
    anyBody = false,
    anyDepth = false,
    foldDeadLetters: fold = false,
    onListening,
    observer,
  }: ConsumerCoreOptions,
  {
    receive,
    giveBack,
    whenReady,
  }: {
    /** The delivery is not parsed yet. */
    receive: (held: UnackedDelivery) => void;
    /** Do not start deliveries that have not been started: their channel is gone, or their time is over. */
    giveBack: () => void;
    /**
     * What was held for too long has gone back. Resolves when there is use in taking messages again, or when `stopping`
     * aborts.
     */
    whenReady: (stopping: AbortSignal) => Promise<unknown>;
  },
): ConsumerCore {
  const source = 'name' in queue ? queue.name : queue.exclusiveOn;
  const hasSingleActive = 'name' in queue && queue.arguments['x-single-active-consumer'] === true;
  const underWay = new Set<Promise<void>>();
  let unacked: UnackedSet | undefined;
  let subscription: Subscription | undefined;
  /** On the present channel. */
  let subscribe = async () => {};
  /** At a start this process may be the next one that a message makes crash. */
  let careful = 'name' in queue;
  /** What was held for too long has gone back: nothing is taken. */
  let handedBack = false;
  let stopping = false;
  /** From here on no message comes. */
  const cancelled = new AbortController();
  let received = 0;
  const toPrefetch = typeof prefetch === 'number' ? () => prefetch : prefetch;
  let presentPrefetch = 0;

  async function consume(channel: Channel) {
    const mine = createUnackedSet(channel);
    unacked = mine;
    if (stopping || handedBack) return;
    const name = await declareConsumed(channel, queue, declares);
    subscribe = async () => {
      presentPrefetch = toPrefetch();
      // What an earlier subscription on this channel has brought, until that is settled. The prefetch may be less now.
      const early = Math.min(mine.countHeld(), presentPrefetch - 1);
      const own = createSubscription(channel, name, {
        prefetch: presentPrefetch - early,
        further: hasSingleActive ? prefetches().filter((each) => each > presentPrefetch) : [],
        careful,
        hasSingleActive,
        onMessage: (message) => accept(mine, message),
        onFresh() {
          careful = false;
        },
        onLost() {
          logger.warn({ queue: source }, 'consumer cancelled by the broker');
          onListening?.(false);
          reconnecting.renew();
        },
      });
      subscription = own;
      // A single active consumer takes some of very many: these few less do not count.
      if (early > 0) mine.onceSettled(() => own.add(early));
      await own.start();
      if (stopping) await cancel();
    };
    await subscribe();
    onListening?.(true);
  }

  /** What arrives before the broker knows of it is held like the others. Resolves with whether it knows. */
  async function cancel(): Promise<boolean> {
    const present = subscription;
    subscription = undefined;
    return present === undefined || present.cancel();
  }

  /** Takes a new channel when all that came on this one is settled: the broker would hand out again what it holds. */
  async function refresh() {
    const old = unacked;
    await cancel();
    old?.onceFewer(1, () => {
      if (!stopping) reconnecting.refresh();
    });
  }

  /** Not at the end of the line, where it can be helped. */
  async function changePrefetch() {
    if (hasSingleActive && subscription && toPrefetch() > presentPrefetch) {
      presentPrefetch = await subscription.raiseTo(toPrefetch());
    } else await refresh();
  }

  async function standBy() {
    if (subscription && !stopping && !handedBack) await refresh();
  }

  /**
   * Takes a new channel if still no message has come on this one. One that came meanwhile may be held for long, and
   * shows that nothing is wrong with the channel.
   */
  async function refreshIdle() {
    const [old, receivedUntilNow] = [unacked, received];
    await cancel();
    if (received === receivedUntilNow) return refresh();
    // If it holds all that it may, it takes more when one of them is settled.
    old?.onceFewer(presentPrefetch, () => {
      // It fails with its channel.
      if (unacked === old && !stopping && !handedBack) subscribe().catch(() => undefined);
    });
  }

  /**
   * Whatever is still being handled: it comes again, and is then a duplicate. By nacks: RabbitMQ counts those as
   * deliveries up to 4.2, and not from 4.3 on. So an outage costs a message one of its delivery limit at most, however
   * long it lasts.
   */
  async function handBack(old: UnackedSet) {
    handedBack = true;
    const messages = old.countHeld();
    await cancel();
    onListening?.(false);
    old.giveBack();
    giveBack();
    logger.warn({ queue: source, messages, held_ms: holdMs }, 'held for too long: given back to the queue');
    await whenReady(cancelled.signal);
    handedBack = false;
    if (stopping) return;
    logger.info({ queue: source }, 'takes messages again');
    reconnecting.refresh();
  }

  function accept(on: UnackedSet, message: ConsumeMessage) {
    const { fields, properties, content } = message;
    on.hold(fields.deliveryTag);
    received += 1;
    // The broker has not confirmed the cancel. Given back now, the message would come again at once, and use up its
    // delivery limit. It goes back when the channel closes.
    if (cancelled.signal.aborted) return;
    receive({
      unacked: on,
      tag: fields.deliveryTag,
      sender: typeof properties.appId === 'string' ? properties.appId : undefined,
      delivery: {
        body: undefined,
        raw: content,
        redelivered: fields.redelivered,
        headers: properties.headers ?? {},
        exchange: fields.exchange,
        routingKey: fields.routingKey,
        ending: on.ending,
        ...(typeof properties.messageId === 'string' && { messageId: properties.messageId }),
        ...(typeof properties.appId === 'string' && { appId: properties.appId }),
        ...(typeof properties.userId === 'string' && { userId: properties.userId }),
      },
    });
  }

  /** Sets the body, if it is not set yet. Gives the reason if there is no usable one. */
  function setBody({ delivery }: UnackedDelivery) {
    if (delivery.body !== undefined) return undefined;
    const parsed = parseBody(delivery.raw, { anyDepth });
    if (!('body' in parsed)) return parsed;
    delivery.body = parsed.body;
    return undefined;
  }

  function parse(held: UnackedDelivery): boolean {
    const refusal = setBody(held);
    if (!refusal || anyBody) return true;
    observer?.countVerdict(source, 'deadLetter');
    track(deadLetter(held, refusal));
    return false;
  }

  function deadLetter(held: UnackedDelivery, why: { reason: ErrorCode; detail: string }): Promise<void> {
    logger.warn({ queue: source, reason: why.reason, detail: why.detail }, 'dead letter');
    return sendDeadLetter(held, toDeadLetter(held, source, why, new Date(), { fold }), publisher);
  }

  async function requeueAfter(held: UnackedDelivery, delayMs: number) {
    // Once no message comes any more, it is not handed out to us again.
    await delay(delayMs, AbortSignal.any([held.unacked.ending, cancelled.signal]));
    held.unacked.requeue([held.tag]);
  }

  function track(work: Promise<void>) {
    const tracked = work
      .catch((err: unknown) => logger.error({ queue: source, err }, 'settling failed'))
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  }

  async function whenSettled() {
    while (underWay.size > 0) await Promise.all(underWay);
  }

  const reconnecting = createReconnectingChannel({
    purpose: `consume ${source}`,
    connection,
    logger,
    answerWithinMs,
    open: (model) => model.createChannel(),
    use: consume,
    lost() {
      unacked?.close();
      unacked = undefined;
      subscription = undefined;
      onListening?.(false);
      giveBack();
    },
  });

  // The first check is at the start: a consumer that has just begun is not idle.
  let receivedBefore = -1;
  let idleChecks = 0;
  const idleWatch = createSweep({
    name: `renew ${source} when idle`,
    intervalMs: idleRenewMs,
    logger,
    async sweepOnce() {
      if (handedBack) return undefined;
      const isIdle = received === receivedBefore && unacked?.countHeld() === 0;
      receivedBefore = received;
      idleChecks = isIdle ? idleChecks + 1 : 0;
      const heldMs = unacked?.heldForMs() ?? 0;
      if (hasSingleActive && subscription && heldMs > standByAfterMs) {
        logger.info({ queue: source, held_ms: heldMs }, 'lets another consumer have the queue: it holds messages long');
        await standBy();
      }
      // An exclusive queue cannot be deleted under us, and would lose its messages.
      if (!('name' in queue)) return undefined;
      if (isRenewalDue(idleChecks)) await refreshIdle();
      else if (toPrefetch() !== presentPrefetch) await changePrefetch();
      return undefined;
    },
  });

  const holdWatch = createSweep({
    name: `hand back what ${source} holds for too long`,
    intervalMs: holdMs / CHECKS,
    logger,
    async sweepOnce() {
      if (!handedBack && !stopping && unacked && unacked.heldForMs() > holdMs && 'name' in queue)
        void handBack(unacked);
      return undefined;
    },
  });

  return {
    source,
    parse,
    parseEarly: (held) => setBody(held) === undefined,
    settle(held, verdicts) {
      const done: number[] = [];
      held.forEach((one, i) => {
        const verdict = verdicts[i]!;
        observer?.countVerdict(source, verdict.kind);
        if (verdict.kind === 'done') done.push(one.tag);
        else if (verdict.kind === 'deadLetter') track(deadLetter(one, verdict));
        else track(requeueAfter(one, verdict.delayMs ?? RETRY_DELAY_MS));
      });
      held[0]?.unacked.ack(done);
    },
    standBy,
    counts: () => ({ received, held: subscription && unacked?.countHeld() }),
    async start() {
      await reconnecting.start();
      await idleWatch.start();
      await holdWatch.start();
    },
    async cancel() {
      stopping = true;
      const [known] = await Promise.all([cancel(), idleWatch.stop(), holdWatch.stop()]);
      if (!known) logger.warn({ queue: source }, 'stopped without an answer: some messages may come again');
      cancelled.abort();
    },
    async finish(handled) {
      // A handler may wait for a database that does not come back, a dead letter for a confirm that does not come
      // before its publisher is stopped. What is not settled in time comes again.
      const settled = new AbortController();
      const settling = handled.then(() => {
        unacked?.end();
        return whenSettled();
      });
      void settling.finally(() => settled.abort());
      await delay(finishWithinMs, settled.signal);
      if (!settled.signal.aborted) {
        logger.warn({ queue: source, messages: unacked?.countHeld() }, 'stopped before all was handled');
        giveBack();
      }
      unacked?.end();
      await reconnecting.stop();
    },
  };
}
