import { ERROR_KINDS } from '@cyberstroll/contracts';
import type { AppError, Component } from '@cyberstroll/runtime';
import type { Link } from '../connection/connection';
import { createInterruptible } from '../interruptible';
import { createIntake, type IntakeOptions } from './consumer-core';
import { type Delivery, DONE, type Held, type Verdict } from './delivery';
import { createPauseLog, type PauseLog } from './pause-log';
import { runHandler } from './run-handler';

export interface ConsumerOptions extends IntakeOptions {
  /** Called for up to `prefetch` messages at once. */
  handle: (delivery: Delivery) => Promise<Verdict>;
  /** What was held for too long has gone back: resolves when there is use in taking messages again, or when `stopping` aborts. */
  whenReady?: (stopping: AbortSignal) => Promise<unknown>;
}

export interface Consumer extends Component, Pick<PauseLog, 'check'> {}

/** Handles each message by itself, and acks it when its verdict is there. */
export function createConsumer(link: Link, options: ConsumerOptions): Consumer {
  const { handle, logger } = options;
  const handling = new Set<Promise<void>>();
  /** A message that was given back unhandled, while handling fails. */
  let unhandled: Held | undefined;

  async function handleOne(held: Held) {
    const { ending } = held.session;
    const outcome = await runHandler(() => handle(held.delivery), { ending, queue: intake.source, logger, pauses });
    unhandled = outcome === 'abandoned' ? held : undefined;
    if (outcome === 'abandoned') held.session.requeue([held.tag]);
    else intake.settle([held], ['failed' in outcome ? toVerdict(outcome.failed) : outcome.result]);
  }

  const intake = createIntake(link, options, {
    receive(held) {
      const work = handleOne(held).finally(() => handling.delete(work));
      handling.add(work);
    },
    giveBack: () => {},
    /** Only handling tells whether handling works again. The message is no longer ours: when it comes again, it is a duplicate. */
    async whenReady(stopping) {
      await Promise.all(handling);
      const held = unhandled;
      if (held)
        await runHandler(() => handle(held.delivery), { ending: stopping, queue: intake.source, logger, pauses });
      await options.whenReady?.(stopping);
    },
  });

  const pauses = createPauseLog(logger, intake.source);
  const component = createInterruptible(`consumer ${intake.source}`, {
    start: () => intake.start(),
    async stop() {
      await intake.cancel();
      await intake.finish(Promise.all(handling));
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
