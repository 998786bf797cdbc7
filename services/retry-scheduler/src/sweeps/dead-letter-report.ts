import { type DeadLetterRecord, SYSTEM_SUBJECT } from '@cyberstroll/contracts';
import { announce, type Publisher } from '@cyberstroll/messaging';
import { type Component, Counter, createSweep, type Logger, type Registry } from '@cyberstroll/runtime';
import { reportOccurrence, type Store } from '@cyberstroll/store';
import { createDeadLetterLabels } from '../core/dead-letter-labels';
import { OPERATOR } from '../operator';

export interface DeadLetterReport extends Component {
  /** This dead letter is kept now; or (not `isNew`) it is one more of those that are kept as one, which is told now and then. */
  add(deadLetter: DeadLetterRecord, options: { isNew: boolean }): void;
}

/** Often enough that the alert stands for as long as they come. */
const REPEATS_TOLD_EVERY_MS = 60_000;

/** Counts the dead letters that are kept, and tells of those that have come since the last look in one event. */
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
  const toLabels = createDeadLetterLabels();
  const kept = new Counter({
    name: 'cyberstroll_dead_letters_total',
    help: 'Dead letters that were kept, each of many that are kept as one too, by reason and by the queue that they came from',
    labelNames: ['reason', 'origin'],
    registers: [registry],
  });
  const untold = new Map<string, number>();
  const repeatsToldAt = new Map<string, number>();

  async function tell(now: Date): Promise<void> {
    if (untold.size === 0) return;
    const counts = [...untold].map(([label, count]) => `${count} ${label}`);
    const reason = `dead letters kept: ${counts.join(', ')}`;
    // What cannot be told now is told with what comes until the next look.
    if (!announce(publisher, 'alert', 'dead_letter', { reason, operator: OPERATOR }, now)) return;
    untold.clear();
    await reportOccurrence(
      { store, logger },
      { rule: 'dead_letter', subject: SYSTEM_SUBJECT, summary: reason },
      OPERATOR,
      now,
    );
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
    add(deadLetter, { isNew }) {
      const { reason, origin } = toLabels(deadLetter);
      kept.inc({ reason, origin });
      const label = `${reason} of ${origin}`;
      if (!isNew) {
        if (Date.now() - (repeatsToldAt.get(label) ?? 0) < REPEATS_TOLD_EVERY_MS) return;
        repeatsToldAt.set(label, Date.now());
      }
      untold.set(label, (untold.get(label) ?? 0) + 1);
    },
  };
}
