import { ERROR_KINDS } from '@cyberstroll/contracts';
import type { AppError, Component } from '@cyberstroll/runtime';
import type { BrokerConnection } from '../connection/connection';
import { createInterruptible } from '../interruptible';
import { createConsumerCore } from './consumer-core';
import type { ConsumerCoreOptions } from './consumer-options';
import { type Delivery, DONE, type UnackedDelivery, type Verdict } from './delivery';
import { createPauseLog, type PauseLog } from './pause-log';
import { runHandler } from './run-handler';

export interface ConsumerOptions extends ConsumerCoreOptions {
  /** Called for up to `prefetch` messages at once. */
  handle: (delivery: Delivery) => Promise<Verdict>;
  /**
   * What was held for too long has gone back: resolves when there is use in taking messages again, or when `stopping`
   * aborts.
   */
  whenReady?: (stopping: AbortSignal) => Promise<unknown>;
}

export interface Consumer extends Component, Pick<PauseLog, 'check'> {}

/** Handles each message separately, and acks it when its verdict is there. */
export function createConsumer(connection: BrokerConnection, options: ConsumerOptions): Consumer {
  const { handle, logger } = options;
  const handling = new Set<Promise<void>>();
  /** A message that was given back unhandled, while handling fails. */
  let unhandled: UnackedDelivery | undefined;

  async function handleOne(held: UnackedDelivery) {
    const { ending } = held.unacked;
    const outcome = await runHandler(() => handle(held.delivery), { ending, queue: core.source, logger, pauses });
    unhandled = outcome === 'abandoned' ? held : undefined;
    if (outcome === 'abandoned') held.unacked.requeue([held.tag]);
    else core.settle([held], ['failed' in outcome ? toVerdict(outcome.failed) : outcome.result]);
  }

  const core = createConsumerCore(connection, options, {
    receive(held) {
      if (!core.parse(held)) return;
      const work = handleOne(held).finally(() => handling.delete(work));
      handling.add(work);
    },
    giveBack: () => {},
    /**
     * Only an attempt shows whether handling works again. The message is no longer ours: when it is delivered again, it
     * is a duplicate.
     */
    async whenReady(stopping) {
      await Promise.all(handling);
      const held = unhandled;
      if (held) await runHandler(() => handle(held.delivery), { ending: stopping, queue: core.source, logger, pauses });
      await options.whenReady?.(stopping);
    },
  });

  const pauses = createPauseLog(logger, core.source);
  const component = createInterruptible(`consumer ${core.source}`, {
    start: () => core.start(),
    async stop() {
      await core.cancel();
      await core.finish(Promise.all(handling));
    },
  });
  return { ...component, check: pauses.check };
}

/** What becomes of a message whose handling failed for good. */
function toVerdict(failure: AppError): Verdict {
  const { verdict } = ERROR_KINDS[failure.kind];
  if (verdict === 'done') return DONE;
  const reason = verdict === 'deadLetter' ? failure.code : 'handler_failed';
  return { kind: 'deadLetter', reason, detail: failure.message };
}
