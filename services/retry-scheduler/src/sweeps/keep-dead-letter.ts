import { type Delivery, DONE, type Verdict } from '@cyberstroll/messaging';
import { AppError, type Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { type KeepLimits, toDeadLetterRecord } from '../core/to-dead-letter-record';
import type { DeadLetterReport } from './dead-letter-report';

/**
 * Handles the messages of the dead-letter queue: stores each, and acks it when a majority of the database has it. A
 * dead letter that cannot be stored, for any reason, stays in the queue and is tried again: there is no other place for
 * it.
 */
export function createDeadLetterHandler({
  store,
  report,
  logger,
  limits,
}: {
  store: Pick<Store, 'deadLetters'>;
  report: DeadLetterReport;
  logger: Logger;
  limits: KeepLimits;
}) {
  return async function keepDeadLetter(delivery: Delivery): Promise<Verdict> {
    try {
      const deadLetter = toDeadLetterRecord(delivery, new Date(), limits);
      const kept = await store.deadLetters.keep(deadLetter);
      const { dead_letter_id, reason, queue } = deadLetter;
      if (kept === 'new') logger.warn({ dead_letter_id, reason, queue }, 'dead letter stored');
      if (kept !== 'known') report.add(deadLetter, { isNew: kept === 'new' });
      return DONE;
    } catch (cause) {
      throw new AppError('dead_letter_not_kept', {}, { cause });
    }
  };
}
