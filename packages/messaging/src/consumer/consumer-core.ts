/**
 * What both consumers share: a channel that is kept, its queue declared and consumed from. Each message is in one of
 * three states: with the broker, unacked here, or settled.
 *
 * The consumer is in one of four modes. In each of them its channel may be lost, and comes again:
 * - `consuming`: takes messages from its channel, or from the next one as soon as that is there. It begins so.
 * - `refreshing`: takes none until what it holds is settled; then it consumes from a new channel. From `consuming`: it
 *   is idle, its prefetch changes, or another consumer is to have the queue. From `handed_back`: handling works again.
 *   If a message comes while an idle consumer begins this, it consumes from the same channel again.
 * - `handed_back`: holds nothing and takes nothing. From `consuming` and `refreshing`, when a message was held for too
 *   long.
 * - `stopping`: takes nothing more. From every other mode, and never left.
 *
 * It is one file, because all of it reads and changes the state of one channel. What becomes of a message is in
 * `settlement.ts`.
 */
import assert from 'node:assert/strict';
import { createSweep, delay } from '@cyberstroll/runtime';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { BrokerConnection } from '../connection/connection';
import { createReconnectingChannel } from '../connection/reconnecting-channel';
import { declareConsumed } from '../topology/topology';
import {
  CONSUMER_TIMEOUT_MS,
  type ConsumerCoreOptions,
  FINISH_WITHIN_MS,
  IDLE_RENEW_MS,
  STAND_BY_AFTER_MS,
  toHoldMs,
} from './consumer-options';
import type { UnackedDelivery } from './delivery';
import { isRenewalDue } from './renewal';
import { createSettlement, type Settlement } from './settlement';
import { createSubscription, type Subscription } from './subscription';
import { createUnackedSet, type UnackedSet } from './unacked-set';

export interface ConsumerCore extends Omit<Settlement, 'whenSettled'> {
  /** The queue's name, or its exchange's where it is exclusive: for logs and dead letters. */
  readonly source: string;
  start(): Promise<void>;
  /** No message comes any more; what is held can still be settled. */
  cancel(): Promise<void>;
  /**
   * After `cancel`: waits while there is time for what is handled and for every verdict; then closes the channel.
   */
  finish(handled: Promise<unknown>): Promise<void>;
}

type Mode = 'consuming' | 'refreshing' | 'handed_back' | 'stopping';

/** The modes that each is entered from: `consuming` also from itself, on the channel after one that was lost. */
const ENTERED_FROM: Record<Mode, readonly Mode[]> = {
  consuming: ['consuming', 'refreshing'],
  refreshing: ['consuming', 'handed_back'],
  handed_back: ['consuming', 'refreshing'],
  stopping: ['consuming', 'refreshing', 'handed_back'],
};

/** How many times the limit of `holdMs` is checked before it is reached. */
const CHECKS = 25;

export function createConsumerCore(
  connection: BrokerConnection,
  {
    queue,
    prefetch,
    declares = true,
    logger,
    idleRenewMs = IDLE_RENEW_MS,
    answerWithinMs,
    holdMs = toHoldMs(CONSUMER_TIMEOUT_MS),
    standByAfterMs = STAND_BY_AFTER_MS,
    finishWithinMs = FINISH_WITHIN_MS,
    onListening,
    ...ofSettlement
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
  let unacked: UnackedSet | undefined;
  let subscription: Subscription | undefined;
  /** On the present channel. */
  let subscribe = async () => {};
  /** At a start this process may be the next one that a message makes crash. */
  let careful = 'name' in queue;
  let mode: Mode = 'consuming';
  /** From here on no message comes. */
  const cancelled = new AbortController();
  const { whenSettled, ...settles } = createSettlement({
    ...ofSettlement,
    source,
    logger,
    cancelled: cancelled.signal,
  });
  let received = 0;
  const toPrefetch = typeof prefetch === 'number' ? () => prefetch : prefetch;
  let presentPrefetch = 0;

  function enter(next: Mode) {
    assert(ENTERED_FROM[next].includes(mode), `${source}: ${next} after ${mode}`);
    mode = next;
  }

  /** Whether messages are taken as soon as there is a channel for them. */
  const mayConsume = () => ENTERED_FROM.consuming.includes(mode);

  async function consume(channel: Channel) {
    const mine = createUnackedSet(channel);
    unacked = mine;
    if (!mayConsume()) return;
    const name = await declareConsumed(channel, queue, declares);
    if (!mayConsume()) return;
    subscribe = async () => {
      enter('consuming');
      presentPrefetch = toPrefetch();
      // What an earlier subscription on this channel has brought, until that is settled. The prefetch may be less now.
      const early = Math.min(mine.countHeld(), presentPrefetch - 1);
      const own = createSubscription(channel, name, {
        prefetch: presentPrefetch - early,
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
    enter('refreshing');
    const old = unacked;
    await cancel();
    whenSettledRefresh(old);
  }

  function whenSettledRefresh(old: UnackedSet | undefined) {
    old?.onceFewer(1, () => {
      if (mode === 'refreshing') reconnecting.refresh();
    });
  }

  /**
   * Takes a new channel if still no message has come on this one. One that came meanwhile may be held for long, and
   * shows that nothing is wrong with the channel.
   */
  async function refreshIdle() {
    enter('refreshing');
    const [old, receivedUntilNow] = [unacked, received];
    await cancel();
    if (received === receivedUntilNow) return whenSettledRefresh(old);
    // If it holds all that it may, it takes more when one of them is settled.
    old?.onceFewer(presentPrefetch, () => {
      // It fails with its channel.
      if (mode === 'refreshing') subscribe().catch(() => undefined);
    });
  }

  /**
   * Whatever is still being handled: it comes again, and is then a duplicate. By nacks: RabbitMQ counts those as
   * deliveries up to 4.2, and not from 4.3 on. So an outage costs a message one of its delivery limit at most, however
   * long it lasts.
   */
  async function handBack(old: UnackedSet) {
    enter('handed_back');
    const messages = old.countHeld();
    await cancel();
    onListening?.(false);
    old.giveBack();
    giveBack();
    logger.warn({ queue: source, messages, held_ms: holdMs }, 'held for too long: given back to the queue');
    await whenReady(cancelled.signal);
    if (mode !== 'handed_back') return;
    logger.info({ queue: source }, 'takes messages again');
    enter('refreshing');
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
      const isRightPrefetch = toPrefetch() === presentPrefetch;
      if (mode !== 'consuming' || !subscription) return undefined;
      const isIdle = received === receivedBefore && unacked?.countHeld() === 0;
      receivedBefore = received;
      idleChecks = isIdle ? idleChecks + 1 : 0;
      const heldMs = unacked?.heldForMs() ?? 0;
      // An exclusive queue cannot be deleted under us, and would lose its messages.
      if (!('name' in queue)) return undefined;
      if (hasSingleActive && heldMs > standByAfterMs) {
        logger.info({ queue: source, held_ms: heldMs }, 'lets another consumer have the queue: it holds messages long');
        await refresh();
      } else if (isRenewalDue(idleChecks)) await refreshIdle();
      else if (!isRightPrefetch) await refresh();
      return undefined;
    },
  });

  const holdWatch = createSweep({
    name: `hand back what ${source} holds for too long`,
    intervalMs: holdMs / CHECKS,
    logger,
    async sweepOnce() {
      if (mayConsume() && unacked && unacked.heldForMs() > holdMs && 'name' in queue) void handBack(unacked);
      return undefined;
    },
  });

  return {
    source,
    ...settles,
    async start() {
      await reconnecting.start();
      await idleWatch.start();
      await holdWatch.start();
    },
    async cancel() {
      enter('stopping');
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
