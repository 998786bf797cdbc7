import { AppError } from '@cyberstroll/runtime';
import type { BrokerConnection } from '../connection/connection';
import { createInterruptible } from '../interruptible';
import { createCollector } from './collector';
import type { Consumer } from './consumer';
import { createConsumerCore } from './consumer-core';
import type { ConsumerCoreOptions } from './consumer-options';
import type { Delivery, UnackedDelivery, Verdict } from './delivery';
import { createPauseLog } from './pause-log';
import { runHandler } from './run-handler';
import { createSizePrefetch } from './size-prefetch';

export interface BatchConsumerOptions extends ConsumerCoreOptions {
  prefetch: number;
  /**
   * Fewer messages than `prefetch` are held unacked where they would take more than about this number of bytes.
   * Default: no limit.
   */
  maxHeldBytes?: number;
  /** A batch is full when it has this number of messages, … */
  maxMessages: number;
  /** … or this number of bytes. A larger message is a batch of its own. Default: no limit. */
  maxBytes?: number;
  /** A batch that is not full is handled when its oldest message has waited for this number of milliseconds. */
  maxWaitMs: number;
  /**
   * How many batches are handled at once, also across a reconnect. A batch is begun beside another one only if it is
   * full: else more messages are collected. Default: 1.
   */
  atOnce?: number;
  /**
   * One verdict per delivery, in their order. `findAhead` gives the messages that are here already and come after the
   * batch, in their order. The handler may use what they say; they come as deliveries all the same. Without `findAhead`
   * the handler uses nothing of other messages, also nothing that it took before: they may be what failed.
   */
  handle: (deliveries: Delivery[], findAhead?: () => Delivery[]) => Promise<Verdict[]>;
}

/**
 * Handles messages in batches; more are collected while some are handled. A batch whose handling fails for good is
 * handled again message by message, so that the one to blame is dead-lettered alone.
 */
export function createBatchConsumer(connection: BrokerConnection, options: BatchConsumerOptions): Consumer {
  const { logger, prefetch, maxHeldBytes = Number.POSITIVE_INFINITY, maxBytes, maxWaitMs, atOnce = 1 } = options;
  const bySize = Number.isFinite(maxHeldBytes)
    ? createSizePrefetch({ most: prefetch, maxBytes: maxHeldBytes })
    : undefined;
  const toPrefetch = () => bySize?.present() ?? prefetch;
  const collector = createCollector<UnackedDelivery>({
    maxItems() {
      const most = Math.min(options.maxMessages, prefetch);
      // The others wait behind the batch.
      return bySize ? Math.min(most, Math.ceil(toPrefetch() / 2)) : most;
    },
    ...(maxBytes !== undefined && { maxSize: maxBytes }),
    toSize: ({ delivery }) => delivery.raw.length,
    maxWaitMs,
  });
  let loop: Promise<void> = Promise.resolve();
  const handling = new Set<Promise<void>>();
  /** A batch that was given back unhandled, while handling fails. */
  let unhandled: readonly UnackedDelivery[] | undefined;

  const coreOptions = { ...options, prefetch: toPrefetch };
  const core = createConsumerCore(connection, coreOptions, {
    receive(held) {
      bySize?.note(held.delivery.raw.length);
      collector.push(held);
    },
    giveBack() {
      for (const { unacked, tag } of collector.clear()) unacked.requeue([tag]);
    },
    /**
     * Only an attempt shows whether handling works again. The batch is no longer ours: when it is delivered again, it
     * is a duplicate.
     */
    async whenReady(stopping) {
      await Promise.all(handling);
      const batch = unhandled;
      if (batch) await runHandler(() => handle(batch), { ending: stopping, queue: core.source, logger, pauses });
    },
  });

  const findAhead = () =>
    collector
      .waiting()
      .filter(core.parseEarly)
      .map(({ delivery }) => delivery);

  async function handle(batch: readonly UnackedDelivery[], findLater?: () => Delivery[]): Promise<Verdict[]> {
    const verdicts = await options.handle(
      batch.map(({ delivery }) => delivery),
      findLater,
    );
    if (verdicts.length === batch.length) return verdicts;
    throw new AppError('verdicts_missing', { detail: `${verdicts.length} verdicts for ${batch.length} messages` });
  }

  /** Settles every message, or gives it back. `alone`: no other message can be to blame. */
  async function handleBatch(batch: readonly UnackedDelivery[], alone = false): Promise<void> {
    const { unacked } = batch[0]!;
    let hasSeenOthers = batch.length > 1;
    const findLater = () => {
      const ahead = findAhead();
      hasSeenOthers ||= ahead.length > 0;
      return ahead;
    };
    const outcome = await runHandler(() => handle(batch, alone ? undefined : findLater), {
      ending: unacked.ending,
      queue: core.source,
      logger,
      pauses,
      ...(alone && { tries: 1 }),
    });
    unhandled = outcome === 'abandoned' ? batch : undefined;
    if (outcome === 'abandoned') return unacked.requeue(batch.map(({ tag }) => tag));
    if ('result' in outcome) return core.settle(batch, outcome.result);
    if (!hasSeenOthers) {
      const { code, message } = outcome.failed;
      return core.settle(batch, [{ kind: 'deadLetter', reason: 'handler_failed', detail: `${code}: ${message}` }]);
    }
    let handled = 0;
    while (handled < batch.length && !unacked.ending.aborted) {
      await handleBatch([batch[handled]!], true);
      handled += 1;
    }
    unacked.requeue(batch.slice(handled).map(({ tag }) => tag));
  }

  function begin(batch: readonly UnackedDelivery[]) {
    const work = handleBatch(batch).finally(() => {
      handling.delete(work);
      collector.look();
    });
    handling.add(work);
  }

  async function run() {
    const isBusy = () => handling.size > 0;
    for (;;) {
      if (handling.size >= atOnce) await Promise.race(handling);
      const taken = await collector.take(isBusy);
      if (!taken) break;
      // Not before: a parsed message takes several times the room of its bytes.
      const batch = taken.filter(core.parse);
      if (batch.length > 0) begin(batch);
    }
    await Promise.all(handling);
  }

  const pauses = createPauseLog(logger, core.source);
  const component = createInterruptible(`batch consumer ${core.source}`, {
    async start() {
      loop = run();
      await core.start();
    },
    async stop() {
      await core.cancel();
      collector.close();
      await core.finish(loop);
    },
  });
  return { ...component, check: pauses.check };
}
