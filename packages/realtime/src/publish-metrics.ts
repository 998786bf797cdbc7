import { Counter, type Registry } from '@cyberstroll/runtime';

export type PublishOutcome = 'published' | 'older' | 'failed';

/** Counts what became of each snapshot that was to be published. */
export function createPublishCounter(registry: Registry): (outcome: PublishOutcome) => void {
  const counter = new Counter({
    name: 'cyberstroll_progress_publishes_total',
    help: 'Progress snapshots by what became of them in Redis: published; older than the cached one, or the same; failed',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['published', 'older', 'failed']) counter.inc({ outcome }, 0);
  return (outcome) => counter.inc({ outcome });
}
