import { type Event, EXCHANGES, type KeptDeadLetter, SYSTEM_SUBJECT, toEventType } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import { type Component, Counter, createSweep, type Logger, type Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createLetterLabels } from '../core/letter-labels';
import { reportOccurrence } from './report-occurrence';

export interface DeadLetterReport extends Component {
  /** This letter is kept now, for the first time. */
  add(letter: KeptDeadLetter): void;
}

/** Counts the letters that are kept, and tells of those that have come since the last look in one event. */
export function createDeadLetterReport({
  store,
  registry,
  publisher,
  intervalMs,
  logger,
}: {
  store: Pick<Store, 'alerts'>;
  registry: Registry;
  publisher: Publisher;
  intervalMs: number;
  logger: Logger;
}): DeadLetterReport {
  const toLabels = createLetterLabels();
  const kept = new Counter({
    name: 'cyberstroll_dead_letters_total',
    help: 'Dead letters that were kept, by reason and by the queue that they came from',
    labelNames: ['reason', 'origin'],
    registers: [registry],
  });
  const untold = new Map<string, number>();

  async function tell(now: Date): Promise<void> {
    if (untold.size === 0) return;
    const counts = [...untold].map(([label, count]) => `${count} ${label}`);
    const type = toEventType('alert', 'dead_letter');
    const reason = `dead letters kept: ${counts.join(', ')}`;
    const event: Event = { type, timestamp: now.toISOString(), reason, operator: 'retry-scheduler' };
    // What cannot be told now is told with what comes until the next look.
    if (!publisher.tryPublish(EXCHANGES.events.name, type, event)) return;
    untold.clear();
    await reportOccurrence({ store, logger }, { rule: 'dead_letter', subject: SYSTEM_SUBJECT, summary: reason }, now);
  }

  const sweep = createSweep({
    name: 'tell-dead-letters',
    intervalMs,
    logger,
    async sweepOnce(now) {
      await tell(now);
      return undefined;
    },
  });
  return {
    ...sweep,
    async stop() {
      await sweep.stop();
      await tell(new Date());
    },
    add(letter) {
      const { reason, origin } = toLabels(letter);
      kept.inc({ reason, origin });
      const label = `${reason} of ${origin}`;
      untold.set(label, (untold.get(label) ?? 0) + 1);
    },
  };
}
