import type { ErrorCode } from '@cyberstroll/contracts';
import { delay, type Logger } from '@cyberstroll/runtime';
import { parseBody } from '../publisher/message-body';
import type { ConsumerCoreOptions } from './consumer-options';
import { sendDeadLetter, toDeadLetter } from './dead-letters';
import type { UnackedDelivery, Verdict } from './delivery';

/** What becomes of the messages that a consumer holds. */
export interface Settlement {
  /** Gives the delivery its body. False: it has none that a handler could use, and becomes a dead letter. */
  parse(held: UnackedDelivery): boolean;
  /** Gives the delivery its body before its turn. False: it has none that a handler could use. */
  parseEarly(held: UnackedDelivery): boolean;
  /** Carries out the verdicts on messages of one channel: at once, or after their delay. */
  settle(held: readonly UnackedDelivery[], verdicts: readonly Verdict[]): void;
  /** Resolves when every verdict is carried out. */
  whenSettled(): Promise<void>;
}

type SettlementOptions = Pick<
  ConsumerCoreOptions,
  'publisher' | 'anyBody' | 'anyDepth' | 'foldDeadLetters' | 'observer'
> & {
  /** See `ConsumerCore`. */
  source: string;
  logger: Logger;
  /** Aborts when no message comes any more. */
  cancelled: AbortSignal;
};

const RETRY_DELAY_MS = 1_000;

export function createSettlement({
  source,
  publisher,
  logger,
  anyBody = false,
  anyDepth = false,
  foldDeadLetters: fold = false,
  observer,
  cancelled,
}: SettlementOptions): Settlement {
  const underWay = new Set<Promise<void>>();

  /** Sets the body, if it is not set yet. Gives the reason if there is no usable one. */
  function setBody({ delivery }: UnackedDelivery) {
    if (delivery.body !== undefined) return undefined;
    const parsed = parseBody(delivery.raw, { anyDepth });
    if (!('body' in parsed)) return parsed;
    delivery.body = parsed.body;
    return undefined;
  }

  function deadLetter(held: UnackedDelivery, why: { reason: ErrorCode; detail: string }): Promise<void> {
    logger.warn({ queue: source, reason: why.reason, detail: why.detail }, 'dead letter');
    return sendDeadLetter(held, toDeadLetter(held, source, why, new Date(), { fold }), publisher);
  }

  async function requeueAfter(held: UnackedDelivery, delayMs: number) {
    // Once no message comes any more, it is not handed out to us again.
    await delay(delayMs, AbortSignal.any([held.unacked.ending, cancelled]));
    held.unacked.requeue([held.tag]);
  }

  function track(work: Promise<void>) {
    const tracked = work
      .catch((err: unknown) => logger.error({ queue: source, err }, 'settling failed'))
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  }

  return {
    parse(held) {
      const refusal = setBody(held);
      if (!refusal || anyBody) return true;
      observer?.countVerdict(source, 'deadLetter');
      track(deadLetter(held, refusal));
      return false;
    },
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
    async whenSettled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
