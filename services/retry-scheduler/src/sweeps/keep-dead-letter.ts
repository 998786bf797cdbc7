import { type Delivery, DONE, type Verdict } from '@cyberstroll/messaging';
import { AppError, type Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { type KeepLimits, toDeadLetterRecord } from '../core/to-dead-letter-record';
import type { DeadLetterReport } from './dead-letter-report';

/**
 * Keeps the dead letters of the dead-letter queue in the store; acked when a majority has it. There is nowhere further for a
 * dead letter to go: whatever keeps it from being written, it waits in the queue and is tried again.
 */
export function createDeadLetterKeeper({
  store,
  report,
  logger,
  limits,
}: {
  store: Store;
  report: DeadLetterReport;
  logger: Logger;
  limits: KeepLimits;
}) {
  return async function keepDeadLetter(delivery: Delivery): Promise<Verdict> {
    try {
      const deadLetter = toDeadLetterRecord(delivery, new Date(), limits);
      const kept = await store.deadLetters.keep(deadLetter);
      const { dead_letter_id, reason, queue } = deadLetter;
      if (kept === 'new') logger.warn({ dead_letter_id, reason, queue }, 'dead letter kept');
      if (kept !== 'known') report.add(deadLetter, { isNew: kept === 'new' });
      return DONE;
    } catch (cause) {
      throw new AppError('dead_letter_not_kept', {}, { cause });
    }
  };
}
