import { type DeadLetterRecord, SYSTEM_SUBJECT, toSentence } from '@cyberstroll/contracts';
import { reportOccurrence } from '@cyberstroll/coordination';
import { type Delivery, DONE, type Publisher, publishEvent, type Verdict } from '@cyberstroll/messaging';
import { AppError, type Component, Counter, createSweep, type Logger, type Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { toDeadLettersText } from '@cyberstroll/task-state';
import { createDeadLetterLabels } from '../core/dead-letter-labels';
import { isExpiredJob, type KeepLimits, toDeadLetterRecord } from '../core/to-dead-letter-record';
import { OPERATOR } from '../operator';

/**
 * Handles the messages of the dead-letter queue: stores each, and acks it when a majority of the database has it. A job
 * whose time is over is not stored: it has left its queue as it was meant to. A dead letter that cannot be stored, for
 * any reason, stays in the queue and is tried again: there is no other place for it.
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
    if (isExpiredJob(delivery)) return DONE;
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

export interface DeadLetterReport extends Component {
  /**
   * Adds a dead letter that was stored. Not `isNew`: it was folded into a stored one, and is reported once a minute.
   */
  add(deadLetter: DeadLetterRecord, options: { isNew: boolean }): void;
}

/** Often enough that the alert stays active as long as they arrive. */
const REPEATS_EVERY_MS = 60_000;

/**
 * Counts the stored dead letters, and reports those that arrived since the last report in one event. The alert is about
 * all that wait, not about the new ones alone.
 */
export function createDeadLetterReport({
  store,
  registry,
  publisher,
  intervalMs,
  logger,
}: {
  store: Pick<Store, 'alerts' | 'deadLetters'>;
  registry: Registry;
  publisher: Publisher;
  intervalMs: number;
  logger: Logger;
}): DeadLetterReport {
  const toLabels = createDeadLetterLabels();
  const kept = new Counter({
    name: 'cyberstroll_dead_letters_total',
    help: 'Dead letters by reason and by the queue they came from; dead letters that are folded into one count each',
    labelNames: ['reason', 'origin'],
    registers: [registry],
  });
  const unreported = new Map<string, number>();
  const repeatsReportedAt = new Map<string, number>();

  async function report(now: Date): Promise<void> {
    if (unreported.size === 0) return;
    const counts = [...unreported].map(([label, count]) => `${count} ${label}`);
    const reason = toSentence('dead_letters', { counts: counts.join(', ') });
    // If RabbitMQ does not take the event, the next report includes these dead letters.
    if (!publishEvent(publisher, 'alert', 'dead_letter', { reason, operator: OPERATOR }, now)) return;
    unreported.clear();
    // An alert that counts too little is better than none.
    const summary = await store.deadLetters.countWaiting().then(toDeadLettersText, () => reason);
    await reportOccurrence({ store, logger }, { rule: 'dead_letter', subject: SYSTEM_SUBJECT, summary }, OPERATOR, now);
  }

  const sweep = createSweep({
    name: 'report-dead-letters',
    intervalMs,
    logger,
    async sweepOnce(now) {
      await report(now);
      return undefined;
    },
  });
  return {
    ...sweep,
    async stop() {
      await sweep.stop();
      await report(new Date());
    },
    add(deadLetter, { isNew }) {
      const { reason, origin } = toLabels(deadLetter);
      kept.inc({ reason, origin });
      const label = `${reason} of ${origin}`;
      if (!isNew) {
        if (Date.now() - (repeatsReportedAt.get(label) ?? 0) < REPEATS_EVERY_MS) return;
        repeatsReportedAt.set(label, Date.now());
      }
      unreported.set(label, (unreported.get(label) ?? 0) + 1);
    },
  };
}
