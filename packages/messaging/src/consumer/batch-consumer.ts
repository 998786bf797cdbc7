import { AppError } from '@cyberstroll/runtime';
import type { BrokerConnection } from '../connection/connection';
import { createInterruptible } from '../interruptible';
import { createCollector } from './collector';
import type { Consumer } from './consumer';
import { type ConsumerCoreOptions, createConsumerCore } from './consumer-core';
import type { Delivery, UnackedDelivery, Verdict } from './delivery';
import { createPauseLog } from './pause-log';
import { runHandler } from './run-handler';

export interface BatchConsumerOptions extends ConsumerCoreOptions {
  prefetch: number;
  /** A batch is handled when it has this number of messages, … */
  maxMessages: number;
  /** … or when its oldest has waited for this number of milliseconds. */
  maxWaitMs: number;
  /** One verdict per delivery, in their order. Calls never overlap, not even across a reconnect. */
  handle: (deliveries: Delivery[]) => Promise<Verdict[]>;
}

/**
 * Handles messages in batches; the next is collected while one is handled. A batch whose handling fails for good is
 * handled again message by message, so that the one to blame is dead-lettered alone.
 */
export function createBatchConsumer(connection: BrokerConnection, options: BatchConsumerOptions): Consumer {
  const { logger, prefetch, maxWaitMs } = options;
  const maxItems = Math.min(options.maxMessages, prefetch);
  const collector = createCollector<UnackedDelivery>({ maxItems, maxWaitMs });
  let loop: Promise<void> = Promise.resolve();
  let handling: Promise<void> = Promise.resolve();
  /** The batch that was given back unhandled, while handling fails. */
  let unhandled: readonly UnackedDelivery[] | undefined;

  const core = createConsumerCore(connection, options, {
    receive: (held) => collector.push(held),
    giveBack() {
      for (const { unacked, tag } of collector.clear()) unacked.requeue([tag]);
    },
    /**
     * Only an attempt shows whether handling works again. The batch is no longer ours: when it is delivered again, it
     * is a duplicate.
     */
    async whenReady(stopping) {
      await handling;
      const batch = unhandled;
      if (batch) await runHandler(() => handle(batch), { ending: stopping, queue: core.source, logger, pauses });
    },
  });

  async function handle(batch: readonly UnackedDelivery[]): Promise<Verdict[]> {
    const verdicts = await options.handle(batch.map((held) => held.delivery));
    if (verdicts.length === batch.length) return verdicts;
    throw new AppError('verdicts_missing', { detail: `${verdicts.length} verdicts for ${batch.length} messages` });
  }

  /** Settles every message, or gives it back. */
  async function handleBatch(batch: readonly UnackedDelivery[], tries?: number): Promise<void> {
    const { unacked } = batch[0]!;
    const outcome = await runHandler(() => handle(batch), {
      ending: unacked.ending,
      queue: core.source,
      logger,
      pauses,
      ...(tries ? { tries } : {}),
    });
    unhandled = outcome === 'abandoned' ? batch : undefined;
    if (outcome === 'abandoned') return unacked.requeue(batch.map(({ tag }) => tag));
    if ('result' in outcome) return core.settle(batch, outcome.result);
    if (batch.length === 1) {
      const { code, message } = outcome.failed;
      return core.settle(batch, [{ kind: 'deadLetter', reason: 'handler_failed', detail: `${code}: ${message}` }]);
    }
    let handled = 0;
    while (handled < batch.length && !unacked.ending.aborted) {
      await handleBatch([batch[handled]!], 1);
      handled += 1;
    }
    unacked.requeue(batch.slice(handled).map(({ tag }) => tag));
  }

  async function run() {
    for (let batch = await collector.take(); batch; batch = await collector.take()) {
      handling = handleBatch(batch);
      await handling;
    }
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
