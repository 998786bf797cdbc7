import { type Event, EXCHANGES, type KeptDeadLetter, toEventType } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import { type Component, createSweep, type Logger, type Registry } from '@cyberstroll/runtime';
import { Counter } from 'prom-client';
import { createLetterLabels } from '../core/letter-labels';

export interface DeadLetterReport extends Component {
  /** This letter is kept now, for the first time. */
  add(letter: KeptDeadLetter): void;
}

/** Counts the letters that are kept, and tells of those that have come since the last look in one event. */
export function createDeadLetterReport({
  registry,
  publisher,
  intervalMs,
  logger,
}: {
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

  function tell(now: Date): void {
    if (untold.size === 0) return;
    const counts = [...untold].map(([label, count]) => `${count} ${label}`);
    const type = toEventType('alert', 'dead_letter');
    const reason = `dead letters kept: ${counts.join(', ')}`;
    const event: Event = { type, timestamp: now.toISOString(), reason, operator: 'retry-scheduler' };
    // What cannot be told now is told with what comes until the next look.
    if (publisher.tryPublish(EXCHANGES.events.name, type, event)) untold.clear();
  }

  const sweep = createSweep({
    name: 'tell-dead-letters',
    intervalMs,
    logger,
    async sweepOnce(now) {
      tell(now);
      return undefined;
    },
  });
  return {
    ...sweep,
    async stop() {
      await sweep.stop();
      tell(new Date());
    },
    add(letter) {
      const { reason, origin } = toLabels(letter);
      kept.inc({ reason, origin });
      const label = `${reason} of ${origin}`;
      untold.set(label, (untold.get(label) ?? 0) + 1);
    },
  };
}
