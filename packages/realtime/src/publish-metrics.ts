import { Counter, type Registry } from '@cyberstroll/runtime';

export type PublishOutcome = 'published' | 'older' | 'failed';

/** Counts snapshots by the outcome of their publish. */
export function createPublishCounter(registry: Registry): (outcome: PublishOutcome) => void {
  const counter = new Counter({
    name: 'cyberstroll_progress_publishes_total',
    help: 'Progress snapshots by outcome in Redis: published; older than or equal to the cached one; failed',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['published', 'older', 'failed']) counter.inc({ outcome }, 0);
  return (outcome) => counter.inc({ outcome });
}
